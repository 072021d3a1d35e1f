using System.Text.RegularExpressions;

namespace Telemed.Edge.Carried;

/// <summary>USB sticks and cards that somebody put in and that the system has mounted.</summary>
internal static partial class RemovableMedia
{
    /// <summary>The folders of those that are mounted now.</summary>
    public static IReadOnlyList<string> Mounted()
    {
        try
        {
            return [.. File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).Where(IsRemovable).Select(mount => Unescaped(mount[1]))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    // sysfs: the whole device says whether its medium can be taken out; USB disks that call themselves fixed hang on a USB bus all the same.
    private static bool IsRemovable(string[] mount)
    {
        if (mount.Length < 4 || !mount[0].StartsWith("/dev/", StringComparison.Ordinal) || !mount[3].Split(',').Contains("rw"))
        {
            return false;
        }

        var block = Path.Combine("/sys/class/block", Path.GetFileName(mount[0]));
        if (Directory.ResolveLinkTarget(block, returnFinalTarget: true) is not { } device)
        {
            return false;
        }

        var whole = File.Exists(Path.Combine(device.FullName, "partition")) ? Path.GetDirectoryName(device.FullName)! : device.FullName;
        return whole.Contains("/usb", StringComparison.Ordinal)
            || (File.Exists(Path.Combine(whole, "removable")) && File.ReadAllText(Path.Combine(whole, "removable")).Trim() == "1");
    }

    // proc(5): blanks and the like as octal numbers.
    private static string Unescaped(string path) => Octal().Replace(path, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
