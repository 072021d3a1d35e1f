using System.Security.Cryptography;
using System.Text;
using Telemed.Vitals.Carried;

namespace Telemed.Vitals.Tests;

/// <summary>RFC 9180, A.3.3: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, mode_auth. AES-256 differs in its number and key length alone.</summary>
public class HpkeTests
{
    private const string Begin =
        "042224f3ea800f7ec55c03f29fc9865f6ee27004f818fcbdc6dc68932c1e52e15b79e264a98f2c535ef06745f3d308624414153b22c7332bc1e691cb4af4d53454";

    private static readonly byte[] Info = Convert.FromHexString("4f6465206f6e2061204772656369616e2055726e");

    private static readonly string[] Sealed =
    [
        "82ffc8c44760db691a07c5627e5fc2c08e7a86979ee79b494a17cc3405446ac2bdb8f265db4a099ed3289ffe19",
        "b0a705a54532c7b4f5907de51c13dffe1e08d55ee9ba59686114b05945494d96725b239468f1229e3966aa1250",
        "8dc805680e3271a801790833ed74473710157645584f06d1b53ad439078d880b23e25256663178271c80ee8b7c",
    ];

    [Fact]
    public void The_vectors_of_the_standard_are_sealed_and_opened()
    {
        using var ephemeral = Key("6b8de0873aed0c1b2d09b8c7ed54cbf24fdf1dfc7a47fa501f918810642d7b91");
        using var sender = Key("1120ac99fb1fccc1e8230502d245719d1b217fe20505c7648795139d177f0de9");
        using var recipient = Key("d929ab4be2e59f6954d6bedd93e638f02d4046cef21115b00cdda2acb2a4440e");
        using var sending = Hpke.Send(sender, Hpke.PointOf(recipient), Info, out var begin, keyOctets: 16, ephemeral);
        using var receiving = Hpke.Receive(recipient, Hpke.PointOf(sender), begin, Info, keyOctets: 16);

        Convert.ToHexStringLower(begin).ShouldBe(Begin);
        for (var i = 0; i < Sealed.Length; i++)
        {
            var octets = sending.Seal("Beauty is truth, truth beauty"u8, Encoding.ASCII.GetBytes($"Count-{i}"));
            Convert.ToHexStringLower(octets).ShouldBe(Sealed[i]);
            receiving.Open(octets, Encoding.ASCII.GetBytes($"Count-{i}")).ShouldBe("Beauty is truth, truth beauty"u8.ToArray());
        }
    }

    private static ECDiffieHellman Key(string d)
    {
        // The private scalar alone, in the form of RFC 5915; the point is computed from it.
        var key = ECDiffieHellman.Create();
        key.ImportECPrivateKey(Convert.FromHexString("30310201010420" + d + "a00a06082a8648ce3d030107"), out _);
        return key;
    }
}
