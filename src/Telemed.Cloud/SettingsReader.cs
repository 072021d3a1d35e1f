using System.Globalization;

namespace Telemed.Cloud;

/// <summary>
/// Reads settings and collects every mistake, so that the operator sees all of them at once. Each message names the key, the value
/// and what is allowed; values of secrets are never read through here.
/// </summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    private readonly List<string> _mistakes = [];

    /// <summary>The text, or null when it is not set or blank.</summary>
    public string? Text(string key) => configuration[key] is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>A whole number from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public int Integer(string key, int otherwise, int low, int high)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high)
        {
            return number;
        }

        Refuse(key, text, FormattableString.Invariant($"a whole number from {low} to {high}"));
        return otherwise;
    }

    /// <summary>A time span, written <c>hh:mm:ss</c>.</summary>
    public TimeSpan Duration(string key, TimeSpan otherwise, TimeSpan low, TimeSpan high)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }

        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= low && span <= high)
        {
            return span;
        }

        Refuse(key, text, FormattableString.Invariant($"a time from {low:c} to {high:c}, written hh:mm:ss"));
        return otherwise;
    }

    /// <summary>A file that must exist, as a full path; null when it is not set.</summary>
    public string? ExistingFile(string key)
    {
        if (Text(key) is not { } path || File.Exists(path))
        {
            return Text(key) is { } found ? Path.GetFullPath(found) : null;
        }

        Refuse(key, path, "a file that exists");
        return null;
    }

    /// <summary>Notes a mistake.</summary>
    public void Refuse(string key, string? value, string allowed) =>
        _mistakes.Add(value is null ? $"{key} is not set; allowed: {allowed}." : $"{key} = \"{value}\"; allowed: {allowed}.");

    /// <summary>Throws <see cref="WrongSettingsException"/> when anything was noted.</summary>
    public void ThrowIfWrong()
    {
        if (_mistakes.Count > 0)
        {
            throw new WrongSettingsException(string.Join(Environment.NewLine, _mistakes));
        }
    }
}

/// <summary>Settings that the operator has to mend before the program can start; the message holds all of them, one a line.</summary>
public sealed class WrongSettingsException(string message) : Exception(message);
