namespace Telemed.Cloud.Pages;

public sealed record PartView(string Part, string? Value, string? Absent, string Unit);
public sealed record GlucoseView(int SampleType, int SampleLocation, int Meal);
public sealed record ReadingView(
    long Position, string Id, string VitalSign, IReadOnlyList<PartView> Values, DateTimeOffset? Effective, DateTime? DeviceLocal,
    DateTimeOffset Arrival, DateTimeOffset Stored, string Method, long UncertaintyMs, IReadOnlyList<string> Flags, bool Late, string? Unassigned,
    string Device, string? DeviceLabel, string Gateway, long? RecordNumber, GlucoseView? Glucose);
public sealed record TeleconsultView(
    string Id, string State, string PatientName, string AskingUnitName, string AnsweringUnitName, string Specialist,
    DateTimeOffset ScheduledAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, long Readings, long Late);
public sealed record GatewayView(string Id, string? Unit, bool Online, DateTimeOffset Since, long? Waiting);
public sealed record SetAsideView(long Number, DateTimeOffset At, string? Gateway, string Origin, string Reason, int? Characteristic, int Octets, long Times);
