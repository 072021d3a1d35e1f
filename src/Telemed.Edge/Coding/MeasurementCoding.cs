using System.Diagnostics.CodeAnalysis;
using Telemed.Edge.Gatt;
using Telemed.Vitals;

namespace Telemed.Edge.Coding;

/// <summary>
/// From a decoded measurement to its coded parts: which vital sign, in which unit, with which remarks. Pure; knows neither the
/// gateway's time nor the patient.
/// </summary>
public static class MeasurementCoding
{
    private const string NotAResult = "not-a-result";

    // mmHg in one kPa, mg/dL of glucose in one mmol/L, kg in one pound.
    private const decimal MillimetresOfMercuryPerKilopascal = 7.500617m;
    private const decimal MilligramsPerDecilitrePerMillimole = 18.016m;
    private const decimal KilogramsPerPound = 0.45359237m;

    /// <summary>
    /// False with a reason when the value is no result: features, battery, clock, record access, intermediate values. A
    /// glucose measurement that announces a context is flagged as missing it until <see cref="Join"/> brings it.
    /// </summary>
    public static bool TryCode(object measurement, [NotNullWhen(true)] out CodedMeasurement? coded, out string reason)
    {
        coded = measurement switch
        {
            GlucoseMeasurement glucose => Code(glucose),
            BloodPressureMeasurement pressure => Code(pressure),
            EnhancedBloodPressureMeasurement pressure => Code(pressure),
            PlxSpotCheckMeasurement spot => Code(spot),
            PlxContinuousMeasurement continuous => Code(continuous),
            NoninOximetry oximetry => Code(oximetry),
            TemperatureMeasurement temperature => Code(temperature),
            WeightMeasurement weight => Code(weight),
            HeartRateMeasurement heartRate => Code(heartRate),
            _ => null,
        };
        reason = coded is null ? NotAResult : "";
        return coded is not null;
    }

    /// <summary>
    /// The glucose reading with its context. Throws when the two do not have the same sequence number (where the meter's numbers are its
    /// records'): a meal must not reach another record.
    /// </summary>
    public static Observation Join(Observation glucose, GlucoseMeasurementContext context)
    {
        if (glucose.Glucose is not { } detail || (glucose.RecordNumber is { } number && number != context.SequenceNumber))
        {
            throw new ArgumentException("The context belongs to another record.", nameof(context));
        }

        return glucose with
        {
            Glucose = detail with { Meal = (byte)(context.Meal ?? default) },
            Flags = glucose.Flags & ~ObservationFlags.ContextMissing,
        };
    }

    private static CodedMeasurement Code(GlucoseMeasurement measurement)
    {
        var status = measurement.Status ?? GlucoseSensorStatus.None;
        var control = measurement.SampleType == GlucoseSampleType.ControlSolution
            || measurement.SampleLocation == GlucoseSampleLocation.ControlSolution;
        var flags = StatusFlags.Of(status)
            | (control ? ObservationFlags.ControlSolution : ObservationFlags.None)
            | (measurement.ContextInformationFollows ? ObservationFlags.ContextMissing : ObservationFlags.None);

        return Checked(new CodedMeasurement(
            VitalSign.Glucose,
            [measurement.Concentration ?? Quantity.Missing(WhyNoConcentration(status), Units.MilligramsPerDecilitre)],
            flags,
            measurement.UserFacingTime.Local,
            measurement.SequenceNumber,
            UserSlot: null,
            new GlucoseDetail((byte)(measurement.SampleType ?? default), (byte)(measurement.SampleLocation ?? default), Meal: 0)));
    }

    private static CodedMeasurement Code(BloodPressureMeasurement measurement) => Pressures(
        measurement.Systolic, measurement.Diastolic, measurement.MeanArterialPressure, measurement.PulseRate,
        measurement.MeasurementStatus, measurement.Timestamp, measurement.UserId);

    // The meter's clock is read as its user sees it, so the time is compared as its user saw it.
    private static CodedMeasurement Code(EnhancedBloodPressureMeasurement measurement) => Pressures(
        measurement.Systolic, measurement.Diastolic, measurement.MeanArterialPressure, measurement.PulseRate,
        measurement.MeasurementStatus, measurement.UserFacingTime ?? measurement.Timestamp, measurement.UserId);

    private static CodedMeasurement Pressures(
        Quantity systolic, Quantity diastolic, Quantity meanArterial, Quantity? pulseRate,
        BloodPressureMeasurementStatus? status, DeviceTime? time, byte? userId) => Checked(new CodedMeasurement(
            VitalSign.BloodPressure,
            [
                InMillimetresOfMercury(systolic),
                InMillimetresOfMercury(diastolic),
                InMillimetresOfMercury(ComputedOrAbsent(meanArterial)),
                pulseRate,
            ],
            StatusFlags.Of(status ?? BloodPressureMeasurementStatus.None),
            time?.Local,
            RecordNumber: null,
            userId,
            Glucose: null));

    private static CodedMeasurement Code(PlxSpotCheckMeasurement measurement) => Checked(new CodedMeasurement(
        VitalSign.OxygenSaturation,
        [measurement.SpO2, measurement.PulseRate, measurement.PulseAmplitudeIndex],
        StatusFlags.Of(measurement.MeasurementStatus, measurement.DeviceSensorStatus),
        measurement.DeviceClockNotSet ? null : measurement.Timestamp?.Local,
        RecordNumber: null,
        UserSlot: null,
        Glucose: null));

    // Fast and slow averages say the same thing at another pace; the record keeps the normal one.
    private static CodedMeasurement Code(PlxContinuousMeasurement measurement) => Checked(new CodedMeasurement(
        VitalSign.OxygenSaturation,
        [measurement.SpO2, measurement.PulseRate, measurement.PulseAmplitudeIndex],
        StatusFlags.Of(measurement.MeasurementStatus, measurement.DeviceSensorStatus),
        DeviceLocal: null,
        RecordNumber: null,
        UserSlot: null,
        Glucose: null));

    private static CodedMeasurement Code(NoninOximetry measurement) => Checked(new CodedMeasurement(
        VitalSign.OxygenSaturation,
        [measurement.SpO2, measurement.PulseRate, measurement.PulseAmplitudeIndex],
        StatusFlags.Of(measurement.Status),
        DeviceLocal: null,
        RecordNumber: null,
        UserSlot: null,
        Glucose: null));

    private static CodedMeasurement Code(TemperatureMeasurement measurement) => Checked(Single(
        VitalSign.Temperature, measurement.TemperatureMeasurementValue, measurement.Timestamp, userSlot: null));

    private static CodedMeasurement Code(WeightMeasurement measurement) =>
        Checked(Single(VitalSign.Weight, measurement.Weight, measurement.Timestamp, measurement.UserId));

    private static CodedMeasurement Code(HeartRateMeasurement measurement) => Checked(
        Single(VitalSign.PulseRate, measurement.HeartRateMeasurementValue, time: null, userSlot: null) with
        {
            Flags = measurement.SensorContactDetected == false ? ObservationFlags.SensorOff : ObservationFlags.None,
        });

    private static CodedMeasurement Single(VitalSign sign, Quantity value, DeviceTime? time, byte? userSlot) =>
        new(sign, [value], ObservationFlags.None, time?.Local, RecordNumber: null, userSlot, Glucose: null);

    // A result beyond the meter's scale was performed; only the number could not be said.
    private static AbsentReason WhyNoConcentration(GlucoseSensorStatus status) =>
        (status & (GlucoseSensorStatus.ResultTooHigh | GlucoseSensorStatus.ResultTooLow)) switch
        {
            GlucoseSensorStatus.ResultTooHigh => AbsentReason.PositiveInfinity,
            GlucoseSensorStatus.ResultTooLow => AbsentReason.NegativeInfinity,
            _ => AbsentReason.NotPerformed,
        };

    // Cuffs that do not compute the mean arterial pressure send NaN, some of them 0.
    private static Quantity ComputedOrAbsent(Quantity meanArterialPressure) =>
        meanArterialPressure.TryGetValue(out var value) && value == 0
            ? Quantity.Missing(AbsentReason.NotPerformed, meanArterialPressure.Unit)
            : meanArterialPressure;

    private static Quantity InMillimetresOfMercury(Quantity pressure)
    {
        if (pressure.Unit != Units.Kilopascal)
        {
            return pressure;
        }

        return pressure.TryGetValue(out var kilopascals)
            ? Quantity.Of(
                decimal.Round(kilopascals * MillimetresOfMercuryPerKilopascal, kilopascals.Scale, MidpointRounding.AwayFromZero),
                Units.MillimetresOfMercury)
            : Quantity.Missing(pressure.Absent!.Value, Units.MillimetresOfMercury);
    }

    private static CodedMeasurement Checked(CodedMeasurement coded)
    {
        for (var i = 0; i < coded.Values.Length; i++)
        {
            if (coded.Values[i] is { } quantity && quantity.TryGetValue(out var value))
            {
                var part = coded.VitalSign.Parts[i];
                var comparable = Comparable(value, quantity.Unit);
                if (comparable < part.PlausibleLow || comparable > part.PlausibleHigh)
                {
                    return coded with { Flags = coded.Flags | ObservationFlags.Implausible };
                }
            }
        }

        return coded;
    }

    // In the unit of the plausible range, to compare only: the value itself stays as received.
    private static decimal Comparable(decimal value, string unit) => unit switch
    {
        Units.MillimolesPerLitre => value * MilligramsPerDecilitrePerMillimole,
        Units.Fahrenheit => (value - 32) * 5 / 9,
        Units.Pound => value * KilogramsPerPound,
        _ => value,
    };
}
