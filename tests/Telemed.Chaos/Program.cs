using Telemed.Chaos;
using Telemed.Chaos.Boxes;

// The process that is killed is this program too: nothing that it does not need may be loaded on the way there.
return args is ["box", .. var box] ? await BoxProgram.RunAsync(box) : await ChaosCommand.RunAsync(args);
