namespace Telemed.Cloud.Access;

/// <summary>The one account of the demonstration. There is no default password: without one nobody gets in.</summary>
internal sealed record AccessOptions(string? User, string? Password)
{
    /// <summary>True when somebody can sign in at all.</summary>
    public bool HasAccount => User is not null && Password is not null;

    /// <summary><c>Access:User</c> and <c>Access:Password</c>: both or neither; the password 8 characters or more.</summary>
    public static AccessOptions Read(SettingsReader settings)
    {
        var options = new AccessOptions(settings.Text("Access:User"), settings.Text("Access:Password"));
        if (options.User is null != options.Password is null)
        {
            settings.Refuse(options.User is null ? "Access:User" : "Access:Password", null, "Access:User and Access:Password together, or neither");
        }

        if (options.Password is { Length: < 8 })
        {
            settings.Refuse("Access:Password", "(not shown)", "8 characters or more");
        }

        return options;
    }
}
