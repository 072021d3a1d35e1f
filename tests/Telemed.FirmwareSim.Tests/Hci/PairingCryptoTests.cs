using System.Security.Cryptography;
using Telemed.FirmwareSim.Hci;

namespace Telemed.FirmwareSim.Tests.Hci;

/// <summary>The specification's own sample data: Core Specification 5.3, Vol 3 Part H 2.2.3, 2.2.4 and appendix D; RFC 4493, 4.</summary>
public class PairingCryptoTests
{
    private const string U = "20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6";
    private const string V = "55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd";
    private const string N1 = "d5cb8454d177733effffb2ec712baeab";
    private const string N2 = "a6e8e7cc25a75f6e216583f7ff3dc4cf";
    private const string A1 = "0056123737bfce";
    private const string A2 = "00a713702dcfc1";

    [Fact]
    public void The_confirm_value_of_legacy_pairing_is_that_of_the_sample() => Hex(PairingCrypto.C1(
        new byte[16], Bytes("5783D52156AD6F0E6388274EC6702EE0"), Bytes("07071000000101"), Bytes("05000800000302"),
        1, Bytes("A1A2A3A4A5A6"), 0, Bytes("B1B2B3B4B5B6"))).ShouldBe("1e1e3fef878988ead2a74dc5bef13b86");

    [Fact]
    public void The_short_term_key_is_that_of_the_sample() => Hex(PairingCrypto.S1(
        new byte[16], Bytes("000F0E0D0C0B0A091122334455667788"), Bytes("010203040506070899AABBCCDDEEFF00")))
        .ShouldBe("9a1fe1f0e8b0f49b5b4216ae796da062");

    [Theory]
    [InlineData("", "bb1d6929e95937287fa37d129b756746")]
    [InlineData("6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c")]
    [InlineData("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411", "dfa66747de9ae63030ca32611497c827")]
    [InlineData(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
        "51f0bebf7e3b9d92fc49741779363cfe")]
    public void Message_authentication_codes_are_those_of_the_RFC(string message, string code) =>
        Hex(PairingCrypto.Cmac(Bytes("2b7e151628aed2a6abf7158809cf4f3c"), Bytes(message))).ShouldBe(code);

    [Fact]
    public void The_confirm_value_of_secure_connections_is_that_of_the_sample() =>
        Hex(PairingCrypto.F4(Bytes(U), Bytes(V), Bytes("d5cb8454d177733effffb2ec712baeab"), 0)).ShouldBe("f2c916f107a9bd1cf1eda1bea974872d");

    [Fact]
    public void The_keys_of_secure_connections_are_those_of_the_sample()
    {
        var (macKey, key) = PairingCrypto.F5(
            Bytes("ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698"), Bytes(N1), Bytes(N2), Bytes(A1), Bytes(A2));

        Hex(macKey).ShouldBe("2965f176a1084a02fd3f6a20ce636e20");
        Hex(key).ShouldBe("6986791169d7cd23980522b594750a38");
    }

    [Fact]
    public void The_check_value_of_secure_connections_is_that_of_the_sample() => Hex(PairingCrypto.F6(
        Bytes("2965f176a1084a02fd3f6a20ce636e20"), Bytes(N1), Bytes(N2), Bytes("12a3343bb453bb5408da42d20c2d0fc8"), Bytes("010102"),
        Bytes(A1), Bytes(A2))).ShouldBe("e3c473989cd0e8c5d26c0b09da958f61");

    // Core Specification 5.3, Vol 2 Part G 7.1.2.1.
    [Fact]
    public void The_shared_secret_is_that_of_the_sample()
    {
        var a = new PairingKeys(Bytes("3f49f6d4a3c55f3874c9b3e3d2103f504aff607beb40b7995899b8a6cd3c1abd"));
        var b = new PairingKeys(Bytes("55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd"));

        Hex(a.Point.X!).ShouldBe("20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6");
        Hex(b.Point.X!).ShouldBe("1ea1f0f01faf1d9609592284f19e4c0047b58afd8615a69f559077b22faaa190");
        Hex(a.Agree(b.Point)!).ShouldBe("ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698");
        Hex(b.Agree(a.Point)!).ShouldBe("ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698");
    }

    [Fact]
    public void A_public_key_that_is_no_point_of_the_curve_gives_no_secret() =>
        new PairingKeys().Agree(new ECPoint { X = Bytes(U), Y = new byte[32] }).ShouldBeNull();

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
