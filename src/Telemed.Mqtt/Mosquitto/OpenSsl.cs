using System.Runtime.InteropServices;

namespace Telemed.Mqtt.Mosquitto;

/// <summary>The functions of OpenSSL 3 that are used here: libmosquitto's own TLS library, so they speak of the same connection.</summary>
internal static unsafe partial class OpenSsl
{
    public const uint NoCheckTime = 0x200000;

    // x509_vfy.h
    public const int Unspecified = 1;
    public const int NotYetValid = 9;
    public const int HasExpired = 10;
    public const int HostnameMismatch = 62;
    public const int AddressMismatch = 64;

    private const string Tls = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    /// <summary>Whether it is there. A libmosquitto built on another TLS library works without it: by the machine's clock, and with fewer words.</summary>
    public static bool IsThere { get; } = NativeLibrary.TryLoad(Tls, out _) && NativeLibrary.TryLoad(Crypto, out _);

    [LibraryImport(Tls)]
    public static partial nint TLS_client_method();

    [LibraryImport(Tls)]
    public static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Tls)]
    public static partial void SSL_CTX_free(nint context);

    /// <summary>The context owns the store from then on, and lets go of the one before.</summary>
    [LibraryImport(Tls)]
    public static partial void SSL_CTX_set_cert_store(nint context, nint store);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_new();

    [LibraryImport(Tls)]
    public static partial void SSL_CTX_set_cert_verify_callback(nint context, delegate* unmanaged[Cdecl]<nint, nint, int> callback, nint argument);

    [LibraryImport(Crypto)]
    public static partial int X509_verify_cert(nint store);

    [LibraryImport(Crypto)]
    public static partial int X509_STORE_CTX_get_error(nint store);

    [LibraryImport(Crypto)]
    public static partial void X509_STORE_CTX_set_error(nint store, int error);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get0_param(nint store);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get0_chain(nint store);

    [LibraryImport(Crypto)]
    public static partial void X509_STORE_CTX_set_verify_cb(nint store, delegate* unmanaged[Cdecl]<int, nint, int> callback);

    [LibraryImport(Crypto)]
    public static partial int X509_VERIFY_PARAM_set_flags(nint parameters, CULong flags);

    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int X509_VERIFY_PARAM_set1_host(nint parameters, string name, nuint length);

    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int X509_VERIFY_PARAM_set1_ip_asc(nint parameters, string address);

    [LibraryImport(Crypto)]
    public static partial int OPENSSL_sk_num(nint stack);

    [LibraryImport(Crypto)]
    public static partial nint OPENSSL_sk_value(nint stack, int index);

    [LibraryImport(Crypto)]
    public static partial nint X509_get0_notBefore(nint certificate);

    [LibraryImport(Crypto)]
    public static partial nint X509_get0_notAfter(nint certificate);

    /// <summary>Negative: the time is at or before <paramref name="unixSeconds"/>; positive: after it; 0: it cannot be read.</summary>
    [LibraryImport(Crypto)]
    public static partial int X509_cmp_time(nint time, in CLong unixSeconds);
}
