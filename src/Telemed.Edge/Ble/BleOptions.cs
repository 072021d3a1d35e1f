using System.Globalization;
using Microsoft.Extensions.Options;

namespace Telemed.Edge.Ble;

/// <summary>Settings of the room, section "Ble". Every default runs a gateway with one built-in adapter.</summary>
public sealed class BleOptions
{
    /// <summary>The D-Bus bus with the Bluetooth service: "system" or a D-Bus address.</summary>
    public string Bus { get; set; } = "system";

    /// <summary>The adapter to use, as the kernel names it.</summary>
    public string Adapter { get; set; } = "hci0";

    /// <summary>
    /// Visits going on at once, each worn oximeter among them (see <see cref="VisitPlaces"/>); most controllers keep some seven links.
    /// </summary>
    public int VisitsAtOnce { get; set; } = 6;

    /// <summary>For a connection to come about; the kernel itself gives up after some 20 s.</summary>
    public TimeSpan ConnectLimit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>For the discovery of services once connected.</summary>
    public TimeSpan DiscoverLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For one read, write or subscription.</summary>
    public TimeSpan CallLimit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Between the subscription and the first request for records; some meters need it.</summary>
    public TimeSpan RestBeforeRecords { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A transfer of stored records in which nothing came for so long is given up.</summary>
    public TimeSpan RecordsIdle { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether clocks are set at all: of those models of which the catalogue of quirks says that they bear it. Others bear it badly: it
    /// may start a new time line, or delete what is stored.
    /// </summary>
    public bool SetClocks { get; set; } = true;

    /// <summary>A clock is set when it is wrong by more than this, unless the catalogue says otherwise; less is corrected in the record.</summary>
    public TimeSpan ClockOffBy { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a cuff may take to its first result; it may be inflating while it is connected.</summary>
    public TimeSpan CuffFirst { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A cuff that sent nothing for so long after a result has no more.</summary>
    public TimeSpan CuffIdle { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>An oximeter that sent nothing for so long has no finger in it.</summary>
    public TimeSpan OximeterIdle { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Rest between two visits of the same device, an oximeter apart.</summary>
    public TimeSpan PauseBetweenVisits { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest rest of a device whose visits keep failing; it starts at the pause and doubles.</summary>
    public TimeSpan BackoffMost { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the radio is left alone after an attempt to bring it up has failed, and between two checks of it.</summary>
    public TimeSpan RadioCheck { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a trouble of the radio may take to pass by itself, and then each healing step to work.</summary>
    public TimeSpan HealAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>When all healing steps were made in vain, how long until they begin again.</summary>
    public TimeSpan HealAgain { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A scan that has reported nothing for so long is begun anew, to prove that it can be.</summary>
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether the gateway may restart the Bluetooth service when nothing gentler helps; it needs the right to.</summary>
    public bool MayRestartService { get; set; }

    /// <summary>What restarts it: a program and its arguments, separated by blanks; no shell.</summary>
    public string RestartCommand { get; set; } = "systemctl restart bluetooth";
}

/// <summary>Finds every mistake in the section at once and names key, value and what is allowed.</summary>
internal sealed class BleOptionsValidation : IValidateOptions<BleOptions>
{
    private static readonly (string Key, Func<BleOptions, TimeSpan> Get, TimeSpan Most)[] Durations =
    [
        (nameof(BleOptions.ConnectLimit), o => o.ConnectLimit, TimeSpan.FromMinutes(2)),
        (nameof(BleOptions.DiscoverLimit), o => o.DiscoverLimit, TimeSpan.FromMinutes(2)),
        (nameof(BleOptions.CallLimit), o => o.CallLimit, TimeSpan.FromMinutes(2)),
        (nameof(BleOptions.RestBeforeRecords), o => o.RestBeforeRecords, TimeSpan.FromSeconds(10)),
        (nameof(BleOptions.RecordsIdle), o => o.RecordsIdle, TimeSpan.FromMinutes(10)),
        (nameof(BleOptions.ClockOffBy), o => o.ClockOffBy, TimeSpan.FromHours(24)),
        (nameof(BleOptions.CuffFirst), o => o.CuffFirst, TimeSpan.FromMinutes(10)),
        (nameof(BleOptions.CuffIdle), o => o.CuffIdle, TimeSpan.FromMinutes(10)),
        (nameof(BleOptions.OximeterIdle), o => o.OximeterIdle, TimeSpan.FromMinutes(10)),
        (nameof(BleOptions.PauseBetweenVisits), o => o.PauseBetweenVisits, TimeSpan.FromMinutes(10)),
        (nameof(BleOptions.BackoffMost), o => o.BackoffMost, TimeSpan.FromHours(1)),
        (nameof(BleOptions.RadioCheck), o => o.RadioCheck, TimeSpan.FromMinutes(1)),
        (nameof(BleOptions.HealAfter), o => o.HealAfter, TimeSpan.FromMinutes(10)),
        (nameof(BleOptions.HealAgain), o => o.HealAgain, TimeSpan.FromHours(24)),
        (nameof(BleOptions.SilenceLimit), o => o.SilenceLimit, TimeSpan.FromHours(24)),
    ];

    public ValidateOptionsResult Validate(string? name, BleOptions options)
    {
        var mistakes = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Bus))
        {
            mistakes.Add("Ble:Bus is empty; allowed: system, or a D-Bus address such as unix:path=/run/bus.");
        }

        if (!(options.Adapter.StartsWith("hci", StringComparison.Ordinal) && byte.TryParse(
            options.Adapter.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            mistakes.Add($"Ble:Adapter is '{options.Adapter}'; allowed: hci0 to hci255.");
        }

        if (options.VisitsAtOnce is < 1 or > 16)
        {
            mistakes.Add(string.Create(
                CultureInfo.InvariantCulture, $"Ble:VisitsAtOnce is {options.VisitsAtOnce}; allowed: 1 to 16."));
        }

        if (options.MayRestartService && string.IsNullOrWhiteSpace(options.RestartCommand))
        {
            mistakes.Add("Ble:RestartCommand is empty; allowed: a program with its arguments, such as systemctl restart bluetooth.");
        }

        mistakes.AddRange(
            from duration in Durations
            let value = duration.Get(options)
            where value <= TimeSpan.Zero || value > duration.Most
            select $"Ble:{duration.Key} is {value:c}; allowed: more than 0 and up to {duration.Most:c} (hh:mm:ss).");
        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }
}
