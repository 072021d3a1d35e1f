namespace Telemed.Cloud.Storage;

/// <summary>Where everything durable lies: the database, the keys of the sign-in cookie, the own broker's files.</summary>
internal sealed record StorageOptions(string Data, TimeSpan BusyTimeout)
{
    /// <summary><c>Data</c> (default <c>data</c>) and <c>Storage:BusyTimeout</c> (default 5 s).</summary>
    public static StorageOptions Read(SettingsReader settings) => new(
        Path.GetFullPath(settings.Text("Data") ?? "data"),
        settings.Duration("Storage:BusyTimeout", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)));
}
