"""All options of curl, by name and by whether they take a value, from the documentation of curl 8.22.

Where curl has dropped an option, or an old name of one, it is kept: documents still use it.
"""

from __future__ import annotations

from typing import Final

# One letter, a colon and the long name for those that have both.
_WITH_VALUE: Final = """
abstract-unix-socket alt-svc aws-sigv4 cacert capath cert-type E:cert ciphers K:config connect-timeout
connect-to C:continue-at c:cookie-jar b:cookie create-file-mode crlfile curves data-ascii data-binary
data-raw data-urlencode d:data delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url
D:dump-header ech egd-file engine etag-compare etag-save expect100-timeout form-string F:form ftp-account
ftp-alternative-to-user ftp-method P:ftp-port ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip
H:header h:help hostpubmd5 hostpubsha256 hsts httpsig-algo httpsig-headers httpsig-key httpsig-keyid
interface ip-tos ipfs-gateway json keepalive-cnt keepalive-time key-type key knownhosts krb libcurl
limit-rate local-port login-options mail-auth mail-from mail-rcpt max-filesize max-redirs m:max-time
netrc-file noproxy oauth2-bearer output-dir o:output parallel-max-host parallel-max pass pinnedpubkey
preproxy proto-default proto-redir proto proxy-cacert proxy-capath proxy-cert-type proxy-cert proxy-ciphers
proxy-crlfile proxy-header proxy-key-type proxy-key proxy-pass proxy-pinnedpubkey proxy-service-name
proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser U:proxy-user x:proxy proxy1.0 pubkey
Q:quote random-file r:range rate e:referer request-target X:request resolve retry-delay retry-max-time retry
sasl-authzid service-name sigalgs socks4 socks4a socks5-gssapi-service socks5-hostname socks5 Y:speed-limit
y:speed-time ssl-sessions stderr t:telnet-option tftp-blksize z:time-cond tls-max tls13-ciphers tlsauthtype
tlspassword tlsuser trace-ascii trace-config trace unix-socket T:upload-file upload-flags url-query url
A:user-agent u:user variable vlan-priority w:write-out
"""
_SWITCHES: Final = """
anyauth a:append basic ca-native cert-status compressed-ssh compressed create-dirs crlf digest disable-eprt
disable-epsv q:disable disallow-username-in-url doh-cert-status doh-insecure dump-ca-embed eprt epsv
fail-early fail-with-body f:fail false-start follow form-escape ftp-create-dirs ftp-pasv ftp-pret
ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-control ftp-ssl ftp-ssl-reqd G:get g:globoff haproxy-protocol I:head
http0.9 0:http1.0 http1.1 http2-prior-knowledge http2 http3-only http3 ignore-content-length i:include
k:insecure 4:ipv4 6:ipv6 j:junk-session-cookies l:list-only location-trusted L:location mail-rcpt-allowfails
M:manual metalink mptcp negotiate netrc-optional n:netrc ::next no-alpn N:no-buffer no-clobber no-keepalive
no-npn no-progress-meter no-sessionid npn alpn buffer clobber keepalive progress-meter sessionid ntlm-wb
ntlm out-null parallel-immediate Z:parallel path-as-is post301 post302 post303 #:progress-bar proxy-anyauth
proxy-basic proxy-ca-native proxy-digest proxy-http2 proxy-http3 proxy-insecure proxy-negotiate proxy-ntlm
proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 p:proxytunnel raw J:remote-header-name
remote-name-all O:remote-name R:remote-time remove-on-error retry-all-errors retry-connrefused sasl-ir
S:show-error i:show-headers s:silent skip-existing socks5-basic socks5-gssapi-nec socks5-gssapi
ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort ssl 2:sslv2 3:sslv3
styled-output suppress-connect-headers tcp-fastopen tcp-nodelay tftp-no-options tls-earlydata tlsv1.0
tlsv1.1 tlsv1.2 tlsv1.3 1:tlsv1 tr-encoding trace-ids trace-time B:use-ascii v:verbose V:version xattr
"""


def _read(table: str) -> tuple[frozenset[str], dict[str, str]]:
    names, letters = set(), {}
    for entry in table.split():
        letter, colon, name = (entry[0], ":", entry[2:]) if entry[1:2] == ":" else ("", "", entry)
        names.add(name)
        if colon:
            letters[letter] = name
    return frozenset(names), letters


_VALUE_NAMES, _VALUE_LETTERS = _read(_WITH_VALUE)
_SWITCH_NAMES, _SWITCH_LETTERS = _read(_SWITCHES)

#: Long name -> whether the option takes a value.
TAKES_VALUE: Final[dict[str, bool]] = dict.fromkeys(_SWITCH_NAMES, False) | dict.fromkeys(_VALUE_NAMES, True)
#: Letter -> long name.
LETTERS: Final[dict[str, str]] = _SWITCH_LETTERS | _VALUE_LETTERS


def long_name(written: str) -> str | None:
    """Return the long name of what follows `--`: a name, the start of only one, or `no-` before one."""
    if written in TAKES_VALUE:
        return written
    if written.startswith("no-") and TAKES_VALUE.get(written[3:]) is False:
        return written
    if written.startswith("expand-") and TAKES_VALUE.get(written[7:]):
        return written[7:]
    near = [name for name in TAKES_VALUE if name.startswith(written)]
    return near[0] if len(near) == 1 and len(written) > 2 else None
