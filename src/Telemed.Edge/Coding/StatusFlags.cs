using Telemed.Edge.Gatt;
using Telemed.Vitals;
using Bpm = Telemed.Edge.Gatt.BloodPressureMeasurementStatus;
using Glucose = Telemed.Edge.Gatt.GlucoseSensorStatus;
using Plx = Telemed.Edge.Gatt.PlxMeasurementStatus;
using PlxDevice = Telemed.Edge.Gatt.PlxDeviceSensorStatus;

namespace Telemed.Edge.Coding;

/// <summary>The status words of three services and of one vendor in the one vocabulary of <see cref="ObservationFlags"/>.</summary>
internal static class StatusFlags
{
    private static readonly (Glucose Bits, ObservationFlags Flag)[] GlucoseTable =
    [
        (Glucose.DeviceBatteryLow, ObservationFlags.BatteryLow),
        (Glucose.SensorMalfunction, ObservationFlags.SensorMalfunction),
        (Glucose.SampleSizeInsufficient, ObservationFlags.SampleInsufficient),
        (Glucose.StripInsertionError | Glucose.StripTypeIncorrect, ObservationFlags.StripError),
        (Glucose.ResultTooHigh, ObservationFlags.ResultTooHigh),
        (Glucose.ResultTooLow, ObservationFlags.ResultTooLow),
        (Glucose.SensorTemperatureTooHigh | Glucose.SensorTemperatureTooLow, ObservationFlags.TemperatureOutOfRange),
        (Glucose.SensorReadInterrupted, ObservationFlags.ReadInterrupted),
        (Glucose.GeneralDeviceFault, ObservationFlags.DeviceFault),
        (Glucose.TimeFault, ObservationFlags.TimeFault),
    ];

    private static readonly (Plx Bits, ObservationFlags Flag)[] PlxTable =
    [
        (Plx.EarlyEstimatedData, ObservationFlags.EarlyEstimate),
        (Plx.DataFromMeasurementStorage, ObservationFlags.FromStorage),
        (Plx.DataForDemonstration | Plx.DataForTesting, ObservationFlags.Demonstration),
        (Plx.CalibrationOngoing, ObservationFlags.Calibrating),
        (Plx.MeasurementUnavailable, ObservationFlags.Unavailable),
        (Plx.QuestionableMeasurementDetected, ObservationFlags.Questionable),
        (Plx.InvalidMeasurementDetected, ObservationFlags.Invalid),
    ];

    private static readonly (PlxDevice Bits, ObservationFlags Flag)[] PlxDeviceTable =
    [
        (PlxDevice.EquipmentMalfunctionDetected, ObservationFlags.DeviceFault),
        (PlxDevice.SensorMalfunctioning, ObservationFlags.SensorMalfunction),
        (PlxDevice.ErraticSignalDetected | PlxDevice.QuestionablePulseDetected, ObservationFlags.Questionable),
        (PlxDevice.SignalProcessingIrregularityDetected | PlxDevice.InadequateSignalDetected | PlxDevice.PoorSignalDetected
            | PlxDevice.LowPerfusionDetected | PlxDevice.NonPulsatileSignalDetected | PlxDevice.SensorInterferenceDetected,
            ObservationFlags.PoorSignal),
        (PlxDevice.SensorUnconnectedToUser | PlxDevice.SensorDisplaced | PlxDevice.SensorDisconnected, ObservationFlags.SensorOff),
    ];

    internal static ObservationFlags Of(Glucose status) =>
        GlucoseTable.Aggregate(ObservationFlags.None, (flags, row) => (status & row.Bits) != 0 ? flags | row.Flag : flags);

    internal static ObservationFlags Of(Plx? status, PlxDevice? device) =>
        PlxTable.Aggregate(ObservationFlags.None, (flags, row) => (status & row.Bits) is > 0 ? flags | row.Flag : flags)
        | PlxDeviceTable.Aggregate(ObservationFlags.None, (flags, row) => (device & row.Bits) is > 0 ? flags | row.Flag : flags);

    internal static ObservationFlags Of(NoninStatus status) =>
        (status.HasFlag(NoninStatus.LowBattery) ? ObservationFlags.BatteryLow : ObservationFlags.None)
        | ((status & (NoninStatus.Searching | NoninStatus.WeakSignal)) != 0 ? ObservationFlags.PoorSignal : ObservationFlags.None)
        | (status.HasFlag(NoninStatus.CorrectCheck) ? ObservationFlags.None : ObservationFlags.SensorOff);

    internal static ObservationFlags Of(Bpm status) =>
        (status.HasFlag(Bpm.BodyMovement) ? ObservationFlags.BodyMovement : ObservationFlags.None)
        | (status.HasFlag(Bpm.CuffTooLoose) ? ObservationFlags.CuffTooLoose : ObservationFlags.None)
        | (status.HasFlag(Bpm.IrregularPulse) ? ObservationFlags.IrregularPulse : ObservationFlags.None)
        | (status.HasFlag(Bpm.ImproperMeasurementPosition) ? ObservationFlags.ImproperPosition : ObservationFlags.None)
        | ((status & Bpm.PulseRateRangeReserved) switch
        {
            Bpm.PulseRateExceedsUpperLimit => ObservationFlags.PulseAboveRange,
            Bpm.PulseRateBelowLowerLimit => ObservationFlags.PulseBelowRange,
            _ => ObservationFlags.None,
        });
}
