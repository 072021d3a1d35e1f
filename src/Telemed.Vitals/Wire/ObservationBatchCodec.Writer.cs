using Google.Protobuf;
using Google.Protobuf.Collections;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

public static partial class ObservationBatchCodec
{
    private sealed class Writer
    {
        private readonly ObservationBatch _batch = new();
        private readonly List<uint> _vitalSign = [], _device = [], _patient = [], _unassigned = [], _shape = [], _method = [];
        private readonly List<uint> _userSlot = [], _sampleType = [], _sampleLocation = [], _meal = [], _state = [], _scale = [], _unit = [];
        private readonly List<long> _capture = [], _arrival = [], _deviceTime = [], _offset = [], _record = [], _value = [];
        private readonly List<ulong> _uncertainty = [], _flags = [];
        private readonly Differences<int> _captures = new(), _arrivals = new(), _rhythms = new();
        private readonly Differences<uint> _deviceTimes = new(), _offsets = new(), _records = new();
        private readonly Differences<(byte, int)> _values = new();
        private readonly HolderTable _holders = new();

        public void Add(BatchEntry entry)
        {
            if (entry.Observation is { } observation)
            {
                Add(observation);
            }
            else if (entry.Quarantined is { } reading)
            {
                Add(reading);
            }
            else
            {
                ActCodec.Write(_batch, entry.Act!);
            }
        }

        public ObservationBatch Build()
        {
            Column.Put(_batch.VitalSign, _vitalSign);
            Column.Put(_batch.DeviceIndex, _device);
            Column.Put(_batch.PatientIndex, _patient);
            _holders.Put(_batch);
            Column.Put(_batch.Unassigned, _unassigned);
            Column.Put(_batch.Shape, _shape);
            Column.Put(_batch.CaptureStep, _capture);
            Column.Put(_batch.ArrivalBend, _arrival);
            Column.Put(_batch.DeviceTimeStep, _deviceTime);
            Column.Put(_batch.EffectiveOffsetStep, _offset);
            Column.Put(_batch.TimeMethod, _method);
            Column.Put(_batch.Uncertainty, _uncertainty);
            Column.Put(_batch.RecordNumberStep, _record);
            Column.Put(_batch.UserSlot, _userSlot);
            Column.Put(_batch.SampleType, _sampleType);
            Column.Put(_batch.SampleLocation, _sampleLocation);
            Column.Put(_batch.Meal, _meal);
            Column.Put(_batch.Flags, _flags);
            Column.Put(_batch.ValueState, _state);
            Column.Put(_batch.ValueStep, _value);
            Column.Put(_batch.ValueScale, _scale);
            Column.Put(_batch.ValueUnit, _unit);
            return _batch;
        }

        private void Add(Observation observation)
        {
            var device = IndexIn(_batch.Device, OctetsOf(observation.Device));
            _device.Add(device);
            _vitalSign.Add(observation.VitalSign.Number);
            _patient.Add(_holders.IndexOf(observation.Patient, observation.Session));
            _unassigned.Add((uint)observation.Unassigned);
            _capture.Add(_captures.Step(0, unchecked((long)observation.Capture.Number)));
            _flags.Add((ulong)observation.Flags);
            AddTime(observation.Time, device);
            AddOptional(observation, device);
            for (var part = 0; part < observation.VitalSign.Parts.Length; part++)
            {
                AddValue(observation, part);
            }
        }

        private void Add(QuarantinedReading reading) => _batch.Quarantined.Add(new QuarantinedFrame
        {
            Capture = reading.Capture.Number,
            Device = OctetsOf(reading.Device),
            Characteristic = reading.Characteristic,
            Value = ByteString.CopyFrom(reading.Value.AsSpan()),
            Arrival = reading.Arrival.ToUnixTimeMilliseconds(),
            Reason = reading.Reason,
            CharacteristicUuid = reading.VendorCharacteristic is { } vendor ? OctetsOf(vendor) : ByteString.Empty,
        });

        private void AddTime(TimeStamped time, uint device)
        {
            var arrival = time.Arrival.ToUnixTimeMilliseconds();
            _arrival.Add(_rhythms.Step(0, _arrivals.Step(0, arrival)));
            _method.Add((uint)time.Method);
            _uncertainty.Add((ulong)time.Uncertainty.TotalMilliseconds);
            if (time.DeviceLocal is { } local)
            {
                _deviceTime.Add(_deviceTimes.Step(device, (local.Ticks - DeviceTimeOrigin.Ticks) / TimeSpan.TicksPerSecond));
            }

            if (time.Effective is { } effective)
            {
                _offset.Add(_offsets.Step(device, effective.ToUnixTimeMilliseconds() - BaseOf(time.DeviceLocal, arrival)));
            }
        }

        private void AddOptional(Observation observation, uint device)
        {
            _shape.Add((observation.Time.DeviceLocal is null ? 0 : HasDeviceTime) | (observation.RecordNumber is null ? 0 : HasRecordNumber)
                | (observation.UserSlot is null ? 0 : HasUserSlot) | (observation.Time.Effective is null ? 0 : HasEffective)
                | (observation.Glucose is null ? 0 : HasGlucose) | (observation.Series is null ? 0 : HasSeries));
            if (observation.RecordNumber is { } record)
            {
                _record.Add(_records.Step(device, record));
            }

            if (observation.UserSlot is { } slot)
            {
                _userSlot.Add(slot);
            }

            if (observation.Glucose is { } glucose)
            {
                _sampleType.Add(glucose.SampleType);
                _sampleLocation.Add(glucose.SampleLocation);
                _meal.Add(glucose.Meal);
            }

            if (observation.Series is { } series)
            {
                _batch.Series.Add(SeriesCodec.Write(observation, series));
            }
        }

        private void AddValue(Observation observation, int part)
        {
            if (observation.Values[part] is not { } quantity)
            {
                _state.Add(NotReported);
                return;
            }

            _unit.Add(quantity.Unit == observation.VitalSign.Parts[part].Unit ? 0 : (uint)Units.NumberOf(quantity.Unit));
            if (quantity.Absent is { } reason)
            {
                _state.Add(AbsentBase + (uint)reason);
                return;
            }

            _state.Add(Number);
            _scale.Add(quantity.Value.Scale);
            _value.Add(_values.Step((observation.VitalSign.Number, part), MantissaOf(quantity.Value)));
        }

        private static uint IndexIn(RepeatedField<ByteString> table, ByteString octets)
        {
            var index = table.IndexOf(octets);
            if (index < 0)
            {
                index = table.Count;
                table.Add(octets);
            }

            return (uint)index;
        }

        private static ByteString OctetsOf(DeviceId device) => ByteString.CopyFrom(Convert.FromHexString(device.Value));

        private static ByteString OctetsOf(Guid value) => ByteString.CopyFrom(value.ToByteArray(bigEndian: true));
    }

    private static long MantissaOf(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        _ = decimal.GetBits(value, bits);
        if (bits[2] != 0 || bits[1] < 0)
        {
            throw new ArgumentException("A mantissa of more than 63 bits cannot be carried.", nameof(value));
        }

        var mantissa = ((long)bits[1] << 32) | (uint)bits[0];
        return value < 0 ? -mantissa : mantissa;
    }

    // What the effective time is told against: the meter's wall time read as if it were UTC, else the arrival.
    private static long BaseOf(DateTime? deviceLocal, long arrival) =>
        deviceLocal is { } local ? (local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond : arrival;
}
