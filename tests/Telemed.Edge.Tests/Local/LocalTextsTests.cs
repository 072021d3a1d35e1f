using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Telemed.Edge.Ble;
using Telemed.Edge.Local;
using Telemed.Edge.Quirks;

namespace Telemed.Edge.Tests.Local;

public sealed class LocalTextsTests
{
    [Fact]
    public void Everything_that_can_be_said_has_a_sentence_in_both_languages_and_there_is_no_other()
    {
        string[] needed =
        [
            .. Codes<PairingState>("pairing.state"), .. Codes<PairingQuestionKind>("pairing.ask"), .. Codes<PairingFailure>("pairing.failed"),
            .. Codes<VisitHold>("device.held"),
            .. QuirkCatalogue.Embedded.Models.Select(model => model.Refusal).OfType<string>().Distinct().Select(reason => "meter.refused." + reason),
        ];
        LocalTexts.Spanish.Codes.ShouldBe(needed, ignoreOrder: true);
        LocalTexts.English.Codes.ShouldBe(needed, ignoreOrder: true);
    }

    [Theory]
    [InlineData("", "Se")]
    [InlineData("fr", "Se")]
    [InlineData("en-GB,en;q=0.9", "The")]
    public void It_speaks_Spanish_unless_English_is_asked_for(string accepted, string first)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.AcceptLanguage = accepted;
        LocalTexts.For(request).Say("pairing.state", PairingState.Found).Text.ShouldStartWith(first + " ");
    }

    private static IEnumerable<string> Codes<T>(string prefix)
        where T : struct, Enum => Enum.GetNames<T>().Select(name => $"{prefix}.{JsonNamingPolicy.CamelCase.ConvertName(name)}");
}
