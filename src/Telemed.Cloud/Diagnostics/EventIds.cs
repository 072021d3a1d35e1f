namespace Telemed.Cloud.Diagnostics;

/// <summary>Every number a log message of this program has. A test checks that none is used twice.</summary>
internal static class EventIds
{
    public const int IngestConnected = 1001;
    public const int IngestLinkLost = 1002;
    public const int BatchTaken = 1003;
    public const int PayloadSetAside = 1004;
    public const int StoreFailed = 1005;
    public const int PayloadNotStorable = 1006;
    public const int ReceiptWaits = 1007;
    public const int StatusNotUnderstood = 1008;
    public const int GatewayStateChanged = 1009;
    public const int LinkGivenUp = 1010;
    public const int PublishRefused = 1011;
    public const int RosterSent = 1012;
    public const int CommandWaits = 1013;
    public const int CommandRefused = 1014;
    public const int LiveNotGranted = 1015;

    public const int BrokerStarted = 1101;
    public const int BrokerEnded = 1102;
    public const int BrokerNotStarted = 1103;

    public const int WatcherOpened = 1201;
    public const int WatcherClosed = 1202;
    public const int AnnouncementFailed = 1203;
    public const int SampleNotUnderstood = 1204;
    public const int SampleNotShown = 1205;
    public const int LeasesNotRenewed = 1206;
    public const int RequestsNotSent = 1207;

    public const int NoAccountConfigured = 1301;
    public const int SignInRefused = 1302;
    public const int SignedIn = 1303;

    public const int PageFailed = 1401;
}
