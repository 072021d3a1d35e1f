using Telemed.Link.Tests;

return args switch
{
    ["relay", .. var rest] => await RelayCommand.RunAsync(rest),
    ["bench", .. var rest] => await LinkBench.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Telemed.Link.Tests relay --to PORT [--port PORT] [WEATHER …] | bench [--seconds 60] [--backlog 100000] [--only WORD]");
    return 2;
}
