using Telemed.Cloud;

try
{
    await CloudHost.Build(args).RunAsync();
    return 0;
}
catch (WrongSettingsException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 78; // EX_CONFIG of sysexits.h
}
