using System.Collections.Immutable;

namespace Telemed.Vitals;

/// <summary>
/// What a sensor that stays on sent one after the other, at most a minute of it: at least one sample and at most <see cref="MostSamples"/>, in
/// the order of coming, the first with offset 0 and the observation's own capture. A second in which nothing came has no sample; one in which the sensor
/// had no value has a sample without one.
/// </summary>
public sealed record SampledSeries(ImmutableArray<SeriesSample> Samples)
{
    /// <summary>No sensor sends so many in a minute.</summary>
    public const int MostSamples = 600;

    /// <summary>From the first to the last.</summary>
    public TimeSpan Length => Samples[^1].Offset;

    /// <summary>What every sample has.</summary>
    public ObservationFlags CommonFlags => Samples.Aggregate(Samples[0].Flags, (common, sample) => common & sample.Flags);

    /// <summary>With one more at its end.</summary>
    public SampledSeries With(SeriesSample sample) => new(Samples.Add(sample));

    /// <summary>Equal when every sample is.</summary>
    public bool Equals(SampledSeries? other) => other is not null && Samples.SequenceEqual(other.Samples);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Samples.Length, Samples[^1]);
}

/// <summary>
/// One value of a series. <paramref name="Capture"/>: the number of its octets in the outbox. <paramref name="Offset"/>: whole milliseconds after the first.
/// <paramref name="Values"/>: one for each of the vital sign's parts, as of an observation.
/// </summary>
public sealed record SeriesSample(ulong Capture, TimeSpan Offset, ImmutableArray<Quantity?> Values, ObservationFlags Flags)
{
    /// <summary>Equal when every field is, values one by one.</summary>
    public bool Equals(SeriesSample? other) =>
        other is not null && Capture == other.Capture && Offset == other.Offset && Values.SequenceEqual(other.Values) && Flags == other.Flags;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Capture, Offset, Flags);
}
