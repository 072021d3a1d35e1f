using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Telemed.Mqtt.Mosquitto.OpenSsl;

namespace Telemed.Mqtt.Mosquitto;

/// <summary>The broker's certificate, judged by OpenSSL for who vouches for it and for which host, and for its dates by the time that the caller knows.</summary>
internal sealed unsafe partial class MosquittoConnection
{
    // Contexts of attempts that never came to a handshake. The library takes a share of what it is given and returns it only after one, so
    // that a new context for each attempt would be lost with each in which nobody answers.
    private static readonly ConcurrentBag<nint> Unused = [];

    private nint _context;
    private bool _handshakeBegun;
    private bool _brokerProven;
    private MqttTlsTrouble? _tlsTrouble;

    /// <summary>
    /// Why TLS did not come about. In TLS 1.3 a client is refused when it believes itself connected, and the word of it may be lost with the link.
    /// </summary>
    private MqttTlsTrouble? TlsTrouble => _tlsTrouble ?? (_brokerProven && !_dropped ? MqttTlsTrouble.WeRefused : null);

    /// <summary>
    /// Gives the library a context to which it does all that it does to its own, but in which the broker's certificate is judged here.
    /// </summary>
    private void WatchHandshake()
    {
        if (!IsThere)
        {
            return;
        }

        if (!Unused.TryTake(out _context))
        {
            _context = SSL_CTX_new(TLS_client_method());
        }

        // Whom an earlier attempt trusted is not to be trusted for that.
        SSL_CTX_set_cert_store(_context, X509_STORE_new());
        SSL_CTX_set_cert_verify_callback(_context, &OnVerify, GCHandle.ToIntPtr(_self));
        Check(LibMosquitto.mosquitto_int_option(_client, LibMosquitto.OptTlsContextWithDefaults, 1));
        Check(LibMosquitto.mosquitto_void_option(_client, LibMosquitto.OptTlsContext, _context));
    }

    private void LetGoOfContext()
    {
        if (_context != 0 && _handshakeBegun)
        {
            SSL_CTX_free(_context);
        }
        else if (_context != 0)
        {
            Unused.Add(_context);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnVerify(nint store, nint self)
    {
        var verified = false;
        Guarded(self, connection => verified = connection.Verify(store));
        return verified ? 1 : 0;
    }

    // The library's own check of the host name hangs here, and finds its client only in contexts that it made itself. OpenSSL has one too.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnStep(int verified, nint store) => verified;

    private bool Verify(nint store)
    {
        _handshakeBegun = true;
        var parameters = X509_STORE_CTX_get0_param(store);
        X509_STORE_CTX_set_verify_cb(store, &OnStep);
        var named = IPAddress.TryParse(_options.Host, out _)
            ? X509_VERIFY_PARAM_set1_ip_asc(parameters, _options.Host)
            : X509_VERIFY_PARAM_set1_host(parameters, _options.Host, 0);
        var time = _options.Tls!.Time?.Invoke();
        if (time is not null)
        {
            _ = X509_VERIFY_PARAM_set_flags(parameters, new CULong(NoCheckTime));
        }

        var error = named == 1 && X509_verify_cert(store) == 1 ? 0 : Math.Max(X509_STORE_CTX_get_error(store), Unspecified);
        if (error == 0 && time is var (earliest, latest))
        {
            error = DatesOf(store, earliest, latest);
            X509_STORE_CTX_set_error(store, error);
        }

        _tlsTrouble = error switch
        {
            0 => null,
            NotYetValid => MqttTlsTrouble.BrokerNotYetValid,
            HasExpired => MqttTlsTrouble.BrokerExpired,
            HostnameMismatch or AddressMismatch => MqttTlsTrouble.BrokerNameDiffers,
            _ => MqttTlsTrouble.BrokerUnknown,
        };
        return _brokerProven = error == 0;
    }

    private static int DatesOf(nint store, DateTimeOffset earliest, DateTimeOffset latest)
    {
        var chain = X509_STORE_CTX_get0_chain(store);
        for (var i = 0; i < OPENSSL_sk_num(chain); i++)
        {
            var certificate = OPENSSL_sk_value(chain, i);
            if (X509_cmp_time(X509_get0_notBefore(certificate), Seconds(latest)) is >= 0)
            {
                return NotYetValid;
            }

            if (X509_cmp_time(X509_get0_notAfter(certificate), Seconds(earliest)) is <= 0)
            {
                return HasExpired;
            }
        }

        return 0;
    }

    private static CLong Seconds(DateTimeOffset instant) => new((nint)instant.ToUnixTimeSeconds());

    // The broker says why by an alert (RFC 8446, section 6.2), which the library puts into a line of its log.
    private void HearAlert(string line)
    {
        if (line.Contains("alert certificate expired", StringComparison.Ordinal))
        {
            _tlsTrouble = MqttTlsTrouble.WeExpired;
        }
        else if (_tlsTrouble is null && line.Contains(" alert ", StringComparison.Ordinal))
        {
            _tlsTrouble = MqttTlsTrouble.WeRefused;
        }
    }
}
