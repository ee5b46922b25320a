#!/usr/bin/python3
"""Reads the newest mail of an inbox with Python's own IMAP client and mail parser, which know nothing of the hub.

Usage: read_mail.py PORT USER PASSWORD

Prints JSON: "head" (each header by its small name, decoded, unfolded, a list), "text" (of the first text/plain part that is no
attachment, lines ended by LF) and "files": name, type, size and SHA-256 of each attachment.
"""
import email
import email.policy
import hashlib
import imaplib
import json
import sys

port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
with imaplib.IMAP4("127.0.0.1", port) as session:
    session.login(user, password)
    session.select("INBOX", readonly=True)
    newest = session.search(None, "ALL")[1][0].split()[-1]
    raw = session.fetch(newest, "(BODY.PEEK[])")[1][0][1]

mail = email.message_from_bytes(raw, policy=email.policy.default)
if mail.defects or any(part.defects for part in mail.walk()):
    sys.exit("the mail is not well-formed: " + repr([part.defects for part in mail.walk()]))
head = {}
for name, value in mail.items():
    head.setdefault(name.lower(), []).append(" ".join(str(value).split()))
body = mail.get_body(preferencelist=("plain",))
files = []
for part in mail.iter_attachments():
    content = part.get_payload(decode=True)
    files.append(
        {
            "name": part.get_filename(),
            "type": part.get_content_type(),
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    )
print(json.dumps({"head": head, "text": body.get_content().replace("\r\n", "\n") if body else None, "files": files}))
