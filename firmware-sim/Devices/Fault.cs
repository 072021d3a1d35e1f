namespace Telemed.FirmwareSim.Devices;

/// <summary>What real meters have been seen to do wrong.</summary>
public enum Fault
{
    /// <summary>A failed measurement: pressures and pulse are NaN with a clear status.</summary>
    NanPressures,

    /// <summary>A finger that is not in well: saturation and pulse are the word 0x07FF, which careless software shows as 2047.</summary>
    Saturation2047,

    /// <summary>The strip was fed with control solution: sample type 10, location 4.</summary>
    ControlSolution,

    /// <summary>Each two records in the wrong order.</summary>
    RecordsOutOfOrder,

    /// <summary>Each record twice.</summary>
    RecordsRepeated,

    /// <summary>The clock was never set: every date is unknown.</summary>
    ClockUnset,

    /// <summary>The clock runs, from 1 January 1970.</summary>
    Clock1970,

    /// <summary>The clock is sixty minutes fast.</summary>
    ClockPlus60,

    /// <summary>Frames of month 13; the clock itself is right.</summary>
    Month13,

    /// <summary>A full memory, and at its end a result beyond the scale of the year 2037 that nobody measured.</summary>
    FullMemory,

    /// <summary>The link drops once, before the first record.</summary>
    DropBeforeFirst,

    /// <summary>The link drops once, in the middle of what there is to send.</summary>
    DropInTransfer,

    /// <summary>The link drops once, after the last record and before the word that closes the transfer.</summary>
    DropBeforeAnswer,

    /// <summary>The battery is nearly empty.</summary>
    LowBattery,

    /// <summary>Somebody pressed the button of another user.</summary>
    WrongUserSlot,

    /// <summary>The arm moved and the cuff sat loose.</summary>
    RestlessArm,

    /// <summary>Records as fast as the bus takes them.</summary>
    Flood,

    /// <summary>The memory was wiped, and records are numbered from one again.</summary>
    NumberingAnew,
}

/// <summary>A fault by name, and the kinds of meter that can have it.</summary>
public sealed record FaultSpec(string Name, Fault Fault, IReadOnlyList<string> Kinds, string What)
{
    private static readonly string[] Glucose = ["glucometer"];
    private static readonly string[] Cuff = ["cuff"];
    private static readonly string[] Both = ["glucometer", "cuff"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FaultSpec> All { get; } =
    [
        new("nan-pressures", Fault.NanPressures, Cuff, "pressures and pulse NaN, status clear"),
        new("saturation-2047", Fault.Saturation2047, ["oximeter"], "saturation and pulse 0x07FF"),
        new("control-solution", Fault.ControlSolution, Glucose, "results of control solution"),
        new("out-of-order", Fault.RecordsOutOfOrder, Glucose, "each two records swapped"),
        new("repeated", Fault.RecordsRepeated, Glucose, "each record sent twice"),
        new("clock-unset", Fault.ClockUnset, Both, "dates unknown"),
        new("clock-1970", Fault.Clock1970, Both, "clock runs from 1970"),
        new("clock-plus-60", Fault.ClockPlus60, Both, "clock sixty minutes fast"),
        new("month-13", Fault.Month13, Both, "dates of month 13 in results"),
        new("full-memory", Fault.FullMemory, Glucose, "450 records, the newest a HI of 2037"),
        new("drop-first", Fault.DropBeforeFirst, Both, "link lost before the first record, once"),
        new("drop-middle", Fault.DropInTransfer, Both, "link lost in mid-transfer, once"),
        new("drop-last", Fault.DropBeforeAnswer, Both, "link lost after the last record, once"),
        new("low-battery", Fault.LowBattery, Both, "4 % left"),
        new("wrong-user", Fault.WrongUserSlot, Cuff, "user slot 2"),
        new("restless-arm", Fault.RestlessArm, Cuff, "movement and a loose cuff"),
        new("flood", Fault.Flood, Glucose, "records without a pause"),
        new("numbering-anew", Fault.NumberingAnew, Glucose, "memory wiped, numbers from 1"),
    ];

    /// <summary>The fault of a name, or null.</summary>
    public static FaultSpec? Find(string name) => All.FirstOrDefault(fault => fault.Name == name);
}
