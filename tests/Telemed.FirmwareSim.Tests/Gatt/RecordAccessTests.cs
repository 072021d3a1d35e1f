using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.Gatt;

public sealed class RecordAccessTests
{
    private static readonly RecordKey[] Records = [new(1, null), new(2, null), new(3, null)];
    private readonly RecordAccess _access = new(filters: true);

    [Fact]
    public void A_report_sends_each_record_and_answers_last()
    {
        Write("0101").ShouldBe(AttError.None);

        Steps().ShouldBe("1 2 3 06000101");
        _access.Running.ShouldBeTrue();
        _access.Finished();
        _access.Running.ShouldBeFalse();
    }

    [Fact]
    public void A_count_answers_with_the_number()
    {
        Write("0403010200").ShouldBe(AttError.None);
        Steps().ShouldBe("05000200");
    }

    [Fact]
    public void A_deletion_forgets_and_answers()
    {
        Write("0202010200").ShouldBe(AttError.None);
        Steps().ShouldBe("-1-2 06000201");
    }

    [Fact]
    public void No_records_is_an_answer_and_no_error()
    {
        Write("0103010900").ShouldBe(AttError.None);
        Steps().ShouldBe("06000106");
    }

    [Fact]
    public void A_refusal_names_the_op_code_it_refuses()
    {
        Write("0900").ShouldBe(AttError.None);
        Steps().ShouldBe("06000902");
    }

    [Fact]
    public void An_abort_takes_the_place_of_what_is_left()
    {
        Write("0101");
        _access.Next().ShouldBe(new RecordStep.Send(1));

        Write("0300").ShouldBe(AttError.None);

        Steps().ShouldBe("06000301");
    }

    [Fact]
    public void A_malformed_abort_leaves_the_report_running()
    {
        Write("0101");
        Write("0301").ShouldBe(AttError.None);
        Steps().ShouldBe("1 2 3 06000101 06000303");
    }

    [Fact]
    public void An_abort_of_nothing_succeeds()
    {
        Write("0300");
        Steps().ShouldBe("06000301");
    }

    [Fact]
    public void A_second_request_is_refused_until_the_first_is_answered_and_confirmed()
    {
        Write("0101");
        Write("0401").ShouldBe(AttError.ProcedureInProgress);
        Steps();
        Write("0401").ShouldBe(AttError.ProcedureInProgress);
        _access.Finished();
        Write("0401").ShouldBe(AttError.None);
    }

    [Theory]
    [InlineData("0101", false, true)]
    [InlineData("0101", true, false)]
    [InlineData("0401", false, true)]
    [InlineData("0300", false, true)]
    public void Without_the_subscriptions_it_needs_a_request_is_an_ATT_error(string request, bool answers, bool records)
    {
        _access.Write(Convert.FromHexString(request), Records, answers, records).ShouldBe(AttError.ConfigurationImproper);
        _access.Running.ShouldBeFalse();
    }

    [Fact]
    public void Counting_needs_no_subscription_to_records() =>
        _access.Write([4, 1], Records, answersSubscribed: true, recordsSubscribed: false).ShouldBe(AttError.None);

    [Fact]
    public void One_octet_is_no_request() => Write("01").ShouldBe(AttError.InvalidLength);

    [Fact]
    public void A_lost_link_forgets_the_procedure()
    {
        Write("0101");
        _access.Reset();
        _access.Running.ShouldBeFalse();
        _access.Next().ShouldBeNull();
    }

    private AttError Write(string hex) => _access.Write(Convert.FromHexString(hex), Records, true, true);

    private string Steps()
    {
        var steps = new List<string>();
        while (_access.Next() is { } step)
        {
            steps.Add(step switch
            {
                RecordStep.Send send => $"{send.Sequence}",
                RecordStep.Forget forget => string.Concat(forget.Sequences.Select(s => $"-{s}")),
                RecordStep.Answer answer => Convert.ToHexStringLower(answer.Octets),
                _ => throw new InvalidOperationException(),
            });
        }

        return string.Join(' ', steps);
    }
}
