using Telemed.FirmwareSim;

return await SimulatorCommand.Build().Parse(args).InvokeAsync().ConfigureAwait(false);
