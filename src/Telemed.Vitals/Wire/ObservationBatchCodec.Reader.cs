using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

public static partial class ObservationBatchCodec
{
    private sealed class Reader
    {
        private readonly ObservationBatch _batch;
        private readonly GatewayId _gateway;
        private readonly int _rows;
        private readonly VitalSign[] _signs;
        private readonly uint[] _shapes;
        private readonly Column<uint> _device, _unassigned, _method, _userSlot, _sampleType, _sampleLocation, _meal, _scale, _unit;
        private readonly Column<long> _capture, _arrival, _deviceTime, _offset, _record, _value;
        private readonly Column<ulong> _uncertainty, _flags;
        private readonly uint[] _states;
        private readonly Func<(PatientId? Patient, PatientSessionId? Session)> _holder;
        private readonly Differences<int> _captures = new(), _arrivals = new(), _rhythms = new();
        private readonly Differences<uint> _deviceTimes = new(), _offsets = new(), _records = new();
        private readonly Differences<(byte, int)> _values = new();
        private int _place;
        private int _nextSeries;

        public Reader(ObservationBatch batch, GatewayId gateway)
        {
            (_batch, _gateway) = (batch, gateway);
            _rows = (int)batch.Count - batch.Quarantined.Count - batch.Amendments.Count - batch.ProvisionalPatients.Count - batch.HelpCalls.Count
                - batch.Gaps.Count - batch.RequestAnswers.Count;
            if (_rows < 0)
            {
                throw new WireFormatException("count");
            }

            _signs = [.. All(batch.VitalSign, _rows, "vital_sign").Select(n => VitalSign.Find(n) ?? throw new WireFormatException("unknown-vital-sign"))];
            _shapes = All(batch.Shape, _rows, "shape");
            _states = All(batch.ValueState, _signs.Sum(sign => sign.Parts.Length), "value_state");
            _device = new(batch.DeviceIndex, _rows, "device_index");
            _holder = batch.Version == VersionBefore ? ReadHoldersBefore(batch, _rows) : ReadHolders(batch, _rows);
            _unassigned = new(batch.Unassigned, _rows, "unassigned");
            _capture = new(batch.CaptureStep, _rows, "capture_step");
            _arrival = new(batch.ArrivalBend, _rows, "arrival_bend");
            _method = new(batch.TimeMethod, _rows, "time_method");
            _uncertainty = new(batch.Uncertainty, _rows, "uncertainty");
            _flags = new(batch.Flags, _rows, "flags");
            _deviceTime = new(batch.DeviceTimeStep, With(HasDeviceTime), "device_time_step");
            _record = new(batch.RecordNumberStep, With(HasRecordNumber), "record_number_step");
            _userSlot = new(batch.UserSlot, With(HasUserSlot), "user_slot");
            _offset = new(batch.EffectiveOffsetStep, With(HasEffective), "effective_offset_step");
            _sampleType = new(batch.SampleType, With(HasGlucose), "sample_type");
            _sampleLocation = new(batch.SampleLocation, With(HasGlucose), "sample_location");
            _meal = new(batch.Meal, With(HasGlucose), "meal");
            if (batch.Series.Count != With(HasSeries))
            {
                throw new WireFormatException("series");
            }

            _value = new(batch.ValueStep, _states.Count(state => state == Number), "value_step");
            _scale = new(batch.ValueScale, _states.Count(state => state == Number), "value_scale");
            _unit = new(batch.ValueUnit, _states.Count(state => state != NotReported), "value_unit");
        }

        public ImmutableArray<BatchEntry> Read(ImmutableArray<ulong> sequences)
        {
            var entries = ImmutableArray.CreateBuilder<BatchEntry>(sequences.Length);
            for (var row = 0; row < _rows; row++)
            {
                entries.Add(BatchEntry.Of(sequences[row], ReadObservation(row)));
            }

            foreach (var frame in _batch.Quarantined)
            {
                entries.Add(BatchEntry.Of(sequences[entries.Count], new QuarantinedReading(
                    DeviceOf(frame.Device), CaptureOf(frame.Capture), Narrow<ushort>(frame.Characteristic, "characteristic"),
                    [.. frame.Value.Span], InstantOf(frame.Arrival, "arrival"), frame.Reason)
                {
                    VendorCharacteristic = frame.CharacteristicUuid.IsEmpty ? null : GuidOf(frame.CharacteristicUuid, "characteristic_uuid"),
                }));
            }

            AddActs(_batch.Amendments, "amendment", ActCodec.Read, (alone, message) => alone.Amendments.Add(message));
            AddActs(_batch.ProvisionalPatients, "provisional-patient", ActCodec.Read, (alone, message) => alone.ProvisionalPatients.Add(message));
            AddActs(_batch.HelpCalls, "help-call", ActCodec.Read, (alone, message) => alone.HelpCalls.Add(message));
            AddActs(_batch.Gaps, "series-gap", ActCodec.Read, (alone, message) => alone.Gaps.Add(message));
            AddActs(_batch.RequestAnswers, "request-answer", ActCodec.Read, (alone, message) => alone.RequestAnswers.Add(message));
            return entries.MoveToImmutable();

            void AddActs<T>(RepeatedField<T> messages, string kind, Func<T, GatewayAct> read, Action<ObservationBatch, T> put)
            {
                foreach (var message in messages)
                {
                    entries.Add(ReadAct(sequences[entries.Count], message, kind, read, put));
                }
            }
        }

        // Each is a message of its own, so one that breaks the contract costs its neighbours nothing.
        private BatchEntry ReadAct<T>(ulong sequence, T message, string kind, Func<T, GatewayAct> read, Action<ObservationBatch, T> put)
        {
            try
            {
                return BatchEntry.Of(sequence, read(message));
            }
            catch (WireFieldException e)
            {
                var alone = new ObservationBatch { Version = Version, OutboxEpoch = _batch.OutboxEpoch, FirstSequence = sequence, Count = 1 };
                put(alone, message);
                return new BatchEntry(sequence, null, null, null, new MalformedAct($"{kind}-{e.Message.Replace('_', '-')}", alone.ToByteArray()));
            }
        }

        private Observation ReadObservation(int row)
        {
            var (sign, shape, device) = (_signs[row], _shapes[row], _device.Next());
            var deviceId = DeviceOf(At(_batch.Device, device, "device_index"));
            var (patient, session) = _holder();
            var capture = CaptureOf(unchecked((ulong)_captures.Value(0, _capture.Next())));
            return new Observation
            {
                Series = (shape & HasSeries) == 0 ? null : SeriesCodec.Read(_batch.Series[_nextSeries++], sign, capture.Number),
                Gateway = _gateway,
                Device = deviceId,
                Capture = capture,
                VitalSign = sign,
                Patient = patient,
                Session = session,
                Unassigned = (UnassignedReason)Narrow<byte>(_unassigned.Next(), "unassigned"),
                Time = ReadTime(shape, device),
                RecordNumber = (shape & HasRecordNumber) == 0 ? null : Narrow<uint>(_records.Value(device, _record.Next()), "record_number_step"),
                UserSlot = (shape & HasUserSlot) == 0 ? null : Narrow<byte>(_userSlot.Next(), "user_slot"),
                Glucose = (shape & HasGlucose) == 0 ? null : new GlucoseDetail(
                    Narrow<byte>(_sampleType.Next(), "sample_type"), Narrow<byte>(_sampleLocation.Next(), "sample_location"), Narrow<byte>(_meal.Next(), "meal")),
                Flags = (ObservationFlags)_flags.Next(),
                Values = ReadValues(sign, hasSeries: (shape & HasSeries) != 0),
            };
        }

        private TimeStamped ReadTime(uint shape, uint device)
        {
            var arrival = _arrivals.Value(0, _rhythms.Value(0, _arrival.Next()));
            DateTime? local = (shape & HasDeviceTime) == 0 ? null : LocalOf(_deviceTimes.Value(device, _deviceTime.Next()));
            DateTimeOffset? effective = (shape & HasEffective) == 0
                ? null
                : InstantOf(unchecked(BaseOf(local, arrival) + _offsets.Value(device, _offset.Next())), "effective_offset_step");
            var uncertainty = _uncertainty.Next();
            if (uncertainty > (ulong)TimeSpan.MaxValue.TotalMilliseconds)
            {
                throw new WireFormatException("uncertainty");
            }

            return new TimeStamped(local, InstantOf(arrival, "arrival_bend"), effective,
                (TimeMethod)Narrow<byte>(_method.Next(), "time_method"), TimeSpan.FromMilliseconds((long)uncertainty));
        }

        private ImmutableArray<Quantity?> ReadValues(VitalSign sign, bool hasSeries)
        {
            var values = ImmutableArray.CreateBuilder<Quantity?>(sign.Parts.Length);
            for (var part = 0; part < sign.Parts.Length; part++)
            {
                var state = _states[_place++];
                values.Add(state == NotReported ? null : !hasSeries ? ReadQuantity(sign, part, state) : throw new WireFormatException("series"));
            }

            return values.MoveToImmutable();
        }

        private Quantity ReadQuantity(VitalSign sign, int part, uint state)
        {
            var unitNumber = _unit.Next();
            var unit = sign.Parts[part].Unit;
            if (unitNumber != 0 && !Units.TryGet(unitNumber, out unit))
            {
                throw new WireFormatException("value_unit");
            }

            return state == Number
                ? Quantity.Of(DecimalOf(_values.Value((sign.Number, part), _value.Next()), _scale.Next()), unit)
                : Quantity.Missing(ReasonOf(state), unit);
        }

        private CaptureRef CaptureOf(ulong number) => new(_batch.OutboxEpoch, number);

        private int With(uint bit) => _shapes.Count(shape => (shape & bit) != 0);

        private static uint[] All(RepeatedField<uint> field, int places, string name)
        {
            var column = new Column<uint>(field, places, name);
            return [.. Enumerable.Range(0, places).Select(_ => column.Next())];
        }

        private static DeviceId DeviceOf(ByteString octets) =>
            octets.Length == 6 ? new DeviceId(Convert.ToHexString(octets.Span)) : throw new WireFormatException("device");

        private static DateTimeOffset InstantOf(long milliseconds, string column) =>
            milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
                : throw new WireFormatException(column);

        private static DateTime LocalOf(long seconds)
        {
            var ticks = (Int128)seconds * TimeSpan.TicksPerSecond + DeviceTimeOrigin.Ticks;
            return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTime((long)ticks, DateTimeKind.Unspecified) : throw new WireFormatException("device_time_step");
        }
    }

    private static T Narrow<T>(long value, string column)
        where T : struct, System.Numerics.INumber<T>, System.Numerics.IMinMaxValue<T> =>
        value >= 0 && value <= long.CreateChecked(T.MaxValue) ? T.CreateChecked(value) : throw new WireFormatException(column);

    private static AbsentReason ReasonOf(uint state)
    {
        var reason = (AbsentReason)Narrow<byte>((long)state - AbsentBase, "value_state");
        return Enum.IsDefined(reason) ? reason : throw new WireFormatException("value_state");
    }

    private static decimal DecimalOf(long mantissa, uint scale)
    {
        if (scale > 28 || mantissa == long.MinValue)
        {
            throw new WireFormatException("value_scale");
        }

        var magnitude = Math.Abs(mantissa);
        return new decimal((int)magnitude, (int)(magnitude >> 32), 0, mantissa < 0, (byte)scale);
    }
}
