using Telemed.Edge.Gatt;

if (args is ["decode", ..]) { return DecodeCommand.Run(Console.In, Console.Out); }
var app = WebApplication.CreateBuilder(args).Build();
app.Run();
return 0;
