using Telemed.Link.Tests;

return args switch
{
    ["relay", .. var rest] => await RelayCommand.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Telemed.Link.Tests relay --to PORT [--port PORT] [WEATHER …]");
    return 2;
}
