"""The DTLS cases of BoringSSL's conformance runner, through the shim.

The runner is a program in Go. It is made here the first time that it is wanted: its sources come
in a crate that runner/Cargo.lock names, its keys are made anew.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
HERE = pathlib.Path(__file__).parent
BUILD = pathlib.Path(os.environ["PEER_FOLDER"]) / "runner"
TOOLCHAIN = "go1.27.0+auto"  # the runner's module wants it
CASES = "DTLS*;*-DTLS*"
PASSED_MIN = 1080

# Cases that are not run, and why. What asks for a flag that the shim does not know is skipped, too:
# encrypted hellos, ALPS, early data, importers of PSKs, delegated credentials, names of trust
# anchors, SCTs, session IDs, PSKs without a name; and groups that this libcrypto has not.
NOT_RUN = {
    "*-TLS1": "no version before 1.2",
    "[^M]*-TLS1-*": "no version before 1.2",
    "MinimumVersion-*-TLS1-TLS1-*": "no version before 1.2",
    "*_CBC_SHA*": "no CBC",
    "*-AES-CBC": "no CBC",
    "CertificateSelection-Server-CipherSuite-*-Match[DFS]*": "no CBC",
    "CertificateSelection-Server-*SignatureAlgorithm-Match[DFS]*-DTLS-TLS12": "no CBC",
    "CertificateSelection-Server-SignatureAlgorithmECDSACurve-DTLS-TLS12": "no CBC",
    "CertificateSelection-Server-SignatureAlgorithmImpactsECDHEOnly-*": "no static RSA",
    "*-RSA_WITH_*": "no static RSA",
    "Basic-Server-RSA-*": "no static RSA",
    "DTLS-ECH-Server-ECHInner": "no encrypted hello",
    "DTLS-ECH-Server-ECHInner-[HN]*": "no encrypted hello",
    "*-NoTicket-DTLS-*": "sessions are in tickets alone",
    "Resume-Server-NoTickets-*": "sessions are in tickets alone",
    "ALPNServer-Async-DTLS-TLS12": "sessions are in tickets alone",
    "Resume-Server-TLS12-TLS13-DTLS": "it offers a PSK without a name (RFC 8446 §4.2.11)",
    # In the clear, where anybody may say it: dropped, so that it ends nothing (RFC 9147 §4.5.2).
    "AppDataBeforeHandshake-DTLS*": "dropped: in the clear",
    "DoubleAlert-DTLS": "dropped: in the clear",
    "FragmentAlert-DTLS": "dropped: in the clear",
    "SendBogusAlertType-DTLS": "it ends the connection, and an alert is not answered by another",
    "SendInvalidRecordType-DTLS": "dropped: in the clear",
    "UnencryptedEncryptedExtensions-DTLS": "dropped: in the clear",
    # Other choices that the RFCs leave.
    "Renegotiate-DTLS-*-Forbidden": "a warning, no_renegotiation (RFC 5746 §4.5)",
    "CertificateSelection-Client-*-MatchNone-*":
        "a client without a fitting certificate shows none (RFC 5246 §7.4.6, RFC 8446 §4.4.2)",
    "CertificateSelection-Client-SignatureAlgorithmECDSACurve-DTLS-TLS12":
        "a P-384 key signs SHA-384 in 1.2, too",
    "CertificateSelection-Server-CertificateType-[MU]*-MatchNone-*":
        "unsupported_certificate (RFC 7250 §4.2)",
    "ExtensionTrailingData-TrustAnchors-*": "an extension that is not known is passed over",
    "QUICTransportParams-NonQUICServer-Client[BS]*":
        "an extension that is not known is passed over (RFC 8446 §4.1.2)",
    "LargeMessage-DTLS": "it shows more than sixteen certificates",
    "KeyUpdate-*EpochOverflow-DTLS": "epochs go to 2^48 (RFC 9147 §8), and it stops at 2^16",
    "KeyUpdate-*MessageOverflow-DTLS": "message numbers after 2^16 come again",
    "KeyUpdate-ExtraMessage*-DTLS": "another message may follow a KeyUpdate",
    "KeyUpdate-ToClient-PacketLoss-DTLS": "a message that is whole is acknowledged once, not again",
    "KeyUpdate-WaitForACK-DTLS": "an update that has to wait for another is not forgotten",
    "DTLS-FragmentWindow-UpperLimit-Discard-*": "sixteen messages ahead are kept, not seven",
    "DTLS-Retransmit-*-ACKPostHandshakeTwice-*":
        "a message that is whole is acknowledged once, not again",
    "DTLS-Retransmit-*-DoNotACKDiscardedFragments-*": "sixteen messages ahead are kept",
    "DTLS-Retransmit-Server-NewSessionTicketTimeout-*": "a ticket that nobody takes ends nothing",
    "DTLS-Retransmit-BothTimers-*": "fragments of a message of before are not acknowledged",
    "DTLS-Retransmit-PartialProgress-Client-*":
        "a ServerHello that is whole is acknowledged, where the rest of its flight is missing",
    "DTLS-Retransmit-Fudge-*": "a timer is not 10 ms early",
    # A flight is not sent twice within a quarter of its timer, and the clock stands still here.
    "DTLS-Retransmit-Client-Basic-*": "not twice at one time",
    "DTLS-Retransmit-Server-Basic-TLS12*": "not twice at one time",
    "DTLS-Retransmit-*-ACKMatchingEpoch-*": "an ACK in the clear, where there are keys",
    "DTLS-RetransmitFinished-Fragmented": "not twice at one time",
    "DTLS-Retransmit-ChangeMTU-TLS12*":
        "a fragment that goes on with a message ends its record, for Mbed TLS",
}
KEYS = {"rsa_2048": "RSA -pkeyopt rsa_keygen_bits:2048",
        "rsa_1024": "RSA -pkeyopt rsa_keygen_bits:1024",
        "ecdsa_p256": "EC -pkeyopt ec_paramgen_curve:P-256",
        "ecdsa_p384": "EC -pkeyopt ec_paramgen_curve:P-384",
        "ecdsa_p521": "EC -pkeyopt ec_paramgen_curve:P-521",
        "ed25519": "ED25519",
        "channel_id": "EC -pkeyopt ec_paramgen_curve:P-256"}


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(SKIPPED)


def run(words, where, environment=None):
    done = subprocess.run(words, cwd=where, env={**os.environ, **(environment or {})},
                          capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        skip(f"{words[0]} {words[1]} fails: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def sources():
    """Where the crate has been put."""
    shutil.copytree(HERE / "runner", BUILD / "crate", dirs_exist_ok=True)
    run(["cargo", "fetch", "--locked"], BUILD / "crate")
    about = run(["cargo", "metadata", "--locked", "--offline", "--format-version", "1"],
                BUILD / "crate")
    crate = next(one for one in json.loads(about)["packages"] if one["name"] == "boring-sys")
    return pathlib.Path(crate["manifest_path"]).parent / "deps" / "boringssl"


def make_runner():
    runner = BUILD / "runner"
    if runner.exists():
        return runner
    for program in ("cargo", "go", "openssl"):
        if shutil.which(program) is None:
            skip(f"there is no {program} here")
    BUILD.mkdir(parents=True, exist_ok=True)
    origin, copy = sources(), BUILD / "boringssl"
    shutil.rmtree(copy, ignore_errors=True)
    for part in ("util", "ssl/test/runner"):
        shutil.copytree(origin / part, copy / part)
    for part in ("go.mod", "go.sum"):
        shutil.copy(origin / part, copy / part)
    folder = copy / "ssl" / "test" / "runner"
    for name, kind in KEYS.items():
        run(["openssl", "genpkey", "-out", f"{name}_key.pem", "-algorithm", *kind.split()], folder)
    run(["go", "test", "-c", "-o", str(runner), "."], folder, {"GOTOOLCHAIN": TOOLCHAIN})
    return runner


def main():
    runner = make_runner()
    configuration, report = BUILD / "configuration.json", BUILD / "report.json"
    configuration.write_text(json.dumps({"DisabledTests": NOT_RUN, "MaxACKBuffer": 32}))
    report.unlink(missing_ok=True)
    subprocess.run([str(runner), "-test", CASES, "-shim-path", os.environ["DTLS_SHIM"],
                    "-shim-config", str(configuration), "-json-output", str(report),
                    "-allow-unimplemented", "-loose-errors", "-num-workers", "2"],
                   cwd=BUILD / "boringssl" / "ssl" / "test" / "runner", check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=1500)
    cases = json.loads(report.read_text())["tests"]
    results = [case["actual"] for case in cases.values()]
    passed, failed = results.count("PASS"), results.count("FAIL")
    print(f"{passed} cases pass, {failed} fail, {len(results) - passed - failed} are skipped for "
          f"their flags")
    for name, case in sorted(cases.items()):
        if case["actual"] == "FAIL":
            print("FAILED", name, *case.get("error", "").split())
    if failed != 0 or passed < PASSED_MIN:
        sys.exit(f"all that run have to pass, and {PASSED_MIN} at least")


if __name__ == "__main__":
    main()
