using Google.Protobuf.Collections;

namespace Telemed.Vitals.Wire;

public static partial class ObservationBatchCodec
{
    /// <summary>Writes a column, cut where its last number only repeats (before the first number, that is 0).</summary>
    private static class Column
    {
        public static void Put<T>(RepeatedField<T> field, List<T> values)
            where T : struct, IEquatable<T>
        {
            var length = values.Count;
            while (length > 0 && values[length - 1].Equals(length > 1 ? values[length - 2] : default))
            {
                length--;
            }

            field.AddRange(values.Take(length));
        }
    }

    /// <summary>Reads a column from front to back; past its end the last number repeats.</summary>
    private sealed class Column<T>
        where T : struct
    {
        private readonly RepeatedField<T> _field;
        private T _current;
        private int _next;

        public Column(RepeatedField<T> field, int places, string name) =>
            _field = field.Count <= places ? field : throw new WireFormatException(name);

        public T Next()
        {
            if (_next < _field.Count)
            {
                _current = _field[_next++];
            }

            return _current;
        }
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
