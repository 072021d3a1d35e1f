namespace Telemed.DBus;

/// <summary>The forms of names (D-Bus specification, "Valid Names"), as sd-bus judges them.</summary>
internal static class Names
{
    internal static bool IsPath(string? path) => path is not null && Native.sd_bus_object_path_is_valid(path) > 0;

    internal static bool IsInterface(string? name) => name is not null && Native.sd_bus_interface_name_is_valid(name) > 0;

    internal static bool IsMember(string? name) => name is not null && Native.sd_bus_member_name_is_valid(name) > 0;
}
