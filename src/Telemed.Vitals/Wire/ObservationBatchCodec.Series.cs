using System.Collections.Immutable;
using Google.Protobuf;
using P = Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

public static partial class ObservationBatchCodec
{
    /// <summary>A series alone, as the batch carries it: for whoever keeps it.</summary>
    public static byte[] EncodeSeries(Observation observation) => SeriesCodec.Write(observation, observation.Series!).ToByteArray();

    /// <summary>What <see cref="EncodeSeries"/> wrote. Throws <see cref="InvalidDataException"/> for anything else.</summary>
    public static SampledSeries DecodeSeries(VitalSign sign, ulong firstCapture, ReadOnlySpan<byte> octets)
    {
        try
        {
            return SeriesCodec.Read(P.SampledSeries.Parser.ParseFrom(octets), sign, firstCapture);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or WireFormatException)
        {
            throw new InvalidDataException("No series: " + e.Message, e);
        }
    }

    /// <summary>The columns of one series.</summary>
    private static class SeriesCodec
    {
        public static P.SampledSeries Write(Observation observation, SampledSeries series)
        {
            var (sign, samples) = (observation.VitalSign, series.Samples);
            if (samples.Length is 0 or > SampledSeries.MostSamples || samples[0].Offset != TimeSpan.Zero || samples[0].Capture != observation.Capture.Number
                || observation.Values.Any(value => value is not null))
            {
                throw new ArgumentException("The wire cannot carry this series: it breaks docs/wire.md.", nameof(series));
            }

            var message = new P.SampledSeries { Count = (uint)samples.Length };
            Column.Put(message.OffsetBend, Bends(samples.Select(sample => (long)sample.Offset.TotalMilliseconds)));
            Column.Put(message.CaptureBend, Bends(samples.Select(sample => unchecked((long)(sample.Capture - samples[0].Capture)))));
            Column.Put(message.Flags, [.. samples.Select(sample => (ulong)sample.Flags)]);
            message.Parts.AddRange(sign.Parts.Select((part, index) => Write(part, [.. samples.Select(sample => sample.Values[index])])));
            return message;
        }

        public static SampledSeries Read(P.SampledSeries message, VitalSign sign, ulong firstCapture)
        {
            if (message.Count is 0 or > SampledSeries.MostSamples || message.Parts.Count != sign.Parts.Length)
            {
                throw new WireFormatException("series");
            }

            var count = (int)message.Count;
            var (offsets, captures) = (Straight(message.OffsetBend, count, "offset_bend"), Straight(message.CaptureBend, count, "capture_bend"));
            var flags = new Column<ulong>(message.Flags, count, "series_flags");
            var parts = message.Parts.Select((part, index) => Read(part, sign.Parts[index], count)).ToArray();
            return new SampledSeries(
            [
                .. Enumerable.Range(0, count).Select(index => new SeriesSample(
                    unchecked(firstCapture + (ulong)captures[index]), OffsetOf(offsets[index]), [.. parts.Select(part => part[index])], (ObservationFlags)flags.Next())),
            ]);
        }

        private static P.SampledPart Write(VitalSignPart part, Quantity?[] values)
        {
            var (message, last) = (new P.SampledPart(), new Differences<int>());
            var (states, steps, scales, units) = (new List<uint>(), new List<long>(), new List<uint>(), new List<uint>());
            foreach (var value in values)
            {
                states.Add(value switch { null => NotReported, { Absent: { } reason } => AbsentBase + (uint)reason, _ => Number });
                if (value is { } quantity)
                {
                    units.Add(quantity.Unit == part.Unit ? 0 : (uint)Units.NumberOf(quantity.Unit));
                    if (quantity.TryGetValue(out var number))
                    {
                        scales.Add(number.Scale);
                        steps.Add(last.Step(0, MantissaOf(number)));
                    }
                }
            }

            Column.Put(message.State, states);
            Column.Put(message.Step, steps);
            Column.Put(message.Scale, scales);
            Column.Put(message.Unit, units);
            return message;
        }

        private static ImmutableArray<Quantity?> Read(P.SampledPart message, VitalSignPart part, int count)
        {
            var column = new Column<uint>(message.State, count, "series_state");
            var states = Enumerable.Range(0, count).Select(_ => column.Next()).ToArray();
            var (numbers, told, last) = (states.Count(state => state == Number), states.Count(state => state != NotReported), new Differences<int>());
            var (steps, scales, units) = (
                new Column<long>(message.Step, numbers, "series_step"), new Column<uint>(message.Scale, numbers, "series_scale"),
                new Column<uint>(message.Unit, told, "series_unit"));
            return [.. states.Select(state => state == NotReported ? null : Quantity(state))];

            Quantity? Quantity(uint state)
            {
                var unit = part.Unit;
                if (units.Next() is > 0 and var number && !Units.TryGet(number, out unit))
                {
                    throw new WireFormatException("series_unit");
                }

                return state == Number
                    ? Vitals.Quantity.Of(DecimalOf(last.Value(0, steps.Next()), scales.Next()), unit)
                    : Vitals.Quantity.Missing(ReasonOf(state), unit);
            }
        }

        // A steady rhythm is one number and then zeros.
        private static List<long> Bends(IEnumerable<long> values)
        {
            var (lengths, rhythms) = (new Differences<int>(), new Differences<int>());
            return [.. values.Skip(1).Select(value => rhythms.Step(0, lengths.Step(0, value)))];
        }

        private static long[] Straight(Google.Protobuf.Collections.RepeatedField<long> bends, int count, string name)
        {
            var (column, lengths, rhythms) = (new Column<long>(bends, count - 1, name), new Differences<int>(), new Differences<int>());
            return [0, .. Enumerable.Range(1, count - 1).Select(_ => lengths.Value(0, rhythms.Value(0, column.Next())))];
        }

        // No series lasts a day; and no sum of times leaves the calendar.
        private static TimeSpan OffsetOf(long milliseconds) =>
            milliseconds is >= 0 and <= 86_400_000 ? TimeSpan.FromMilliseconds(milliseconds) : throw new WireFormatException("offset_bend");
    }
}
