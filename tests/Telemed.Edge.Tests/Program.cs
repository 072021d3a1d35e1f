using Telemed.Edge.Tests.Outbox;

// The test runner loads this assembly and doesn't start it; the crash test does.
await CrashingAppender.RunAsync(args[0], int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture));
