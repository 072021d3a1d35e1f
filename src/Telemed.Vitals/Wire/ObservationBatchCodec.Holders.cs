using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

/// <content>Whose the rows are. A patient in a session is one place in a table, so that a row says both in one number; the ids of sessions that one run
/// of a gateway has opened share their root.</content>
public static partial class ObservationBatchCodec
{
    private const int IdOctets = 16;

    /// <summary>Collects them while rows are written.</summary>
    private sealed class HolderTable
    {
        private readonly Dictionary<(PatientId?, PatientSessionId?), uint> _places = [];
        private readonly List<byte> _patients = [];
        private readonly List<uint> _sessions = [];
        private readonly List<long> _steps = [];
        private readonly Dictionary<ByteString, uint> _roots = [];
        private readonly Differences<uint> _numbers = new();

        /// <summary>1 and its place; 0 for neither a patient nor a session.</summary>
        public uint IndexOf(PatientId? patient, PatientSessionId? session)
        {
            if (patient is null && session is null)
            {
                return 0;
            }

            if (!_places.TryGetValue((patient, session), out var place))
            {
                place = _places[(patient, session)] = (uint)_places.Count + 1;
                Add(patient, session);
            }

            return place;
        }

        public void Put(ObservationBatch batch)
        {
            if (_patients.Count > 0)
            {
                batch.Patient.Add(ByteString.CopyFrom(CollectionsMarshal.AsSpan(_patients)));
            }

            batch.Session.AddRange(_roots.Keys);
            Column.Put(batch.SessionIndex, _sessions);
            Column.Put(batch.SessionStep, _steps);
        }

        private void Add(PatientId? patient, PatientSessionId? session)
        {
            if (patient?.Value == Guid.Empty)
            {
                throw new ArgumentException("A patient's id of zeros cannot be carried.", nameof(patient));
            }

            Span<byte> octets = stackalloc byte[IdOctets];
            (patient?.Value ?? Guid.Empty).TryWriteBytes(octets, bigEndian: true, out _);
            _patients.AddRange(octets);
            if (session is not { } id)
            {
                _sessions.Add(0);
                return;
            }

            if (id.TrySplit(octets[..PatientSessionId.RootOctets], out var number))
            {
                var root = RootOf(octets[..PatientSessionId.RootOctets]);
                _sessions.Add(root);
                _steps.Add(_numbers.Step(root, (long)number));
            }
            else
            {
                id.Value.TryWriteBytes(octets, bigEndian: true, out _);
                _sessions.Add(RootOf(octets));
            }
        }

        private uint RootOf(ReadOnlySpan<byte> octets)
        {
            var root = ByteString.CopyFrom(octets);
            if (!_roots.TryGetValue(root, out var index))
            {
                index = _roots[root] = (uint)_roots.Count + 1;
            }

            return index;
        }
    }

    /// <summary>Gives the patient and the session of each row in turn.</summary>
    private static Func<(PatientId? Patient, PatientSessionId? Session)> ReadHolders(ObservationBatch batch, int rows)
    {
        var patients = batch.Patient.SelectMany(octets => octets.Length % IdOctets == 0 ? octets.ToByteArray().Chunk(IdOctets) : throw new WireFormatException("patient"))
            .Select(octets => new Guid(octets, bigEndian: true)).ToArray();
        if (patients.Length > rows)
        {
            throw new WireFormatException("patient");
        }

        var session = new Column<uint>(batch.SessionIndex, patients.Length, "session_index");
        var step = new Column<long>(batch.SessionStep, patients.Length, "session_step");
        var numbers = new Differences<uint>();
        (PatientId?, PatientSessionId?)[] holders =
            [.. patients.Select(patient => (patient == Guid.Empty ? (PatientId?)null : new PatientId(patient), SessionAt(session.Next())))];
        var index = new Column<uint>(batch.PatientIndex, rows, "patient_index");
        return () => index.Next() switch
        {
            0 => (null, null),
            var place when place <= holders.Length => holders[place - 1],
            _ => throw new WireFormatException("patient_index"),
        };

        PatientSessionId? SessionAt(uint place)
        {
            if (place == 0)
            {
                return null;
            }

            var root = At(batch.Session, place - 1, "session_index");
            if (root.Length != PatientSessionId.RootOctets)
            {
                return new PatientSessionId(GuidOf(root, "session"));
            }

            if (!PatientSessionId.IsRoot(root.Span))
            {
                throw new WireFormatException("session");
            }

            var number = numbers.Value(place, step.Next());
            return number is >= 0 and < 1L << 56
                ? PatientSessionId.Numbered(root.Span, (ulong)number)
                : throw new WireFormatException("session_step");
        }
    }

    /// <summary>The same for the version before: a table and a column for each.</summary>
    private static Func<(PatientId? Patient, PatientSessionId? Session)> ReadHoldersBefore(ObservationBatch batch, int rows)
    {
        var (patient, session) = (new Column<uint>(batch.PatientIndex, rows, "patient_index"), new Column<uint>(batch.SessionIndex, rows, "session_index"));
        return () => (
            Optional(batch.Patient, patient.Next(), "patient_index") is { } id ? new PatientId(id) : null,
            Optional(batch.Session, session.Next(), "session_index") is { } open ? new PatientSessionId(open) : null);

        static Guid? Optional(RepeatedField<ByteString> table, uint index, string column) => index == 0 ? null : GuidOf(At(table, index - 1, column), column);
    }

    private static ByteString At(RepeatedField<ByteString> table, uint index, string column) =>
        index < table.Count ? table[(int)index] : throw new WireFormatException(column);

    private static Guid GuidOf(ByteString octets, string column) =>
        octets.Length == IdOctets ? new Guid(octets.Span, bigEndian: true) : throw new WireFormatException(column);
}
