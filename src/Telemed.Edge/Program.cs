using Telemed.Edge;
using Telemed.Edge.Carried;
using Telemed.Edge.Quirks;

if (args is ["decode", .. var options])
{
    return DecodeCommand.Run(options, Console.In, Console.Out, Console.Error);
}

if (args is ["carried", .. var carried])
{
    return await CarriedCommand.RunAsync(carried, Console.Out, Console.Error);
}

// EX_CONFIG of sysexits.h: a service manager need not try again.
const int WrongConfiguration = 78;
try
{
    await EdgeHost.Build(args).RunAsync();
    return 0;
}
catch (Exception e) when (SettingMistakes.Of(e) is { } mistakes)
{
    // All of them at once; a stack trace would only hide them.
    foreach (var mistake in mistakes)
    {
        Console.Error.WriteLine(mistake);
    }

    return WrongConfiguration;
}
