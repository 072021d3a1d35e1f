using Google.Protobuf.Collections;

namespace Telemed.Vitals.Wire;

public static partial class ObservationBatchCodec
{
    /// <summary>Writes a column in its shortest form: nothing for zeros, one number for a constant, all otherwise.</summary>
    private static class Column
    {
        public static void Put<T>(RepeatedField<T> field, List<T> values)
            where T : struct, IEquatable<T>
        {
            if (values.Count > 0 && values.TrueForAll(value => value.Equals(values[0])))
            {
                if (!values[0].Equals(default))
                {
                    field.Add(values[0]);
                }
            }
            else
            {
                field.AddRange(values);
            }
        }
    }

    /// <summary>Reads a column from front to back, whichever form it has.</summary>
    private sealed class Column<T>
        where T : struct
    {
        private readonly RepeatedField<T> _field;
        private readonly int _places;
        private int _next;

        public Column(RepeatedField<T> field, int places, string name)
        {
            if (field.Count > 1 && field.Count != places)
            {
                throw new WireFormatException(name);
            }

            (_field, _places) = (field, places);
        }

        public T Next() => _field.Count switch
        {
            0 => default,
            1 when _places != 1 => _field[0],
            _ => _field[_next++],
        };
    }

    /// <summary>Differences to the last number of the same key; the first to 0.</summary>
    private sealed class Differences<TKey>
        where TKey : notnull
    {
        private readonly Dictionary<TKey, long> _last = [];

        public long Step(TKey key, long value)
        {
            var step = unchecked(value - _last.GetValueOrDefault(key));
            _last[key] = value;
            return step;
        }

        public long Value(TKey key, long step) => _last[key] = unchecked(_last.GetValueOrDefault(key) + step);
    }
}
