using System.CommandLine;
using Telemed.Demo;

return await new RootCommand("Telemed on one machine.") { UpCommand.Create(), BenchCommand.Create() }.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
