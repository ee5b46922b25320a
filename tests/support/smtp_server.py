#!/usr/bin/python3
"""A mail server for tests, on loopback: Debian's python3-aiosmtpd, which knows nothing of the hub.

Usage: smtp_server.py DIRECTORY none|starttls|tls [CERTIFICATE KEY]

Writes its port to DIRECTORY/port, and each mail it takes to DIRECTORY/<n>.eml with its envelope in <n>.to, both exactly
as they came. Signs in "sales@avto.example" with "a password" only. What it does to a recipient is told by the local part:
unknown@, greylisted@, full@ are refused by RCPT, spam@ and late@ after the whole mail; cut@ is taken, and then the
connection ends without an answer; gone@ ends it at DATA.
"""
import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

REFUSED_AT_RCPT = {
    "unknown": "550 5.1.1 <unknown@example.org>: Recipient address rejected: User unknown",
    "greylisted": "450 4.7.1 Greylisted, try again later",
    "full": "452 4.2.2 Mailbox full",
}
REFUSED_AFTER_DATA = {"spam": "554 5.7.1 Message rejected as spam", "late": "451 4.3.0 Queue file write error"}


class Handler:
    def __init__(self, directory):
        self.directory = directory
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = REFUSED_AT_RCPT.get(address.split("@")[0])
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        whom = envelope.rcpt_tos[0].split("@")[0]
        if whom in REFUSED_AFTER_DATA:
            return REFUSED_AFTER_DATA[whom]
        self.count += 1
        path = os.path.join(self.directory, str(self.count))
        with open(path + ".to", "w") as out:
            out.write(f"{session.host_name} {envelope.mail_from} {' '.join(envelope.rcpt_tos)}")
        with open(path + ".part", "wb") as out:
            out.write(envelope.original_content)
        os.rename(path + ".part", path + ".eml")
        if whom == "cut":
            server.transport.abort()
        return "250 2.0.0 Ok"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        if self.envelope.rcpt_tos and self.envelope.rcpt_tos[0].startswith("gone@"):
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def authenticate(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"sales@avto.example", b"a password")
    return AuthResult(success=known, handled=False)


async def main():
    directory, security = sys.argv[1], sys.argv[2]
    context = None
    if security != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
    handler = Handler(directory)

    def make():
        return Server(
            handler,
            hostname="mail.avto.example",
            data_size_limit=30 << 20,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=authenticate,
            auth_required=True,
            auth_require_tls=security == "starttls",
        )

    listening = await asyncio.get_running_loop().create_server(
        make, "127.0.0.1", 0, ssl=context if security == "tls" else None
    )
    port = listening.sockets[0].getsockname()[1]
    with open(os.path.join(directory, "port.part"), "w") as out:
        out.write(str(port))
    os.rename(os.path.join(directory, "port.part"), os.path.join(directory, "port"))
    await listening.serve_forever()


asyncio.run(main())
