import unittest

from mapistore import Error, ErrorCode, http, testing
from mapistore.http import Response


class Http(unittest.TestCase):
    def setUp(self):
        testing.reset()

    def test_a_redirect_is_followed_to_where_it_leads_and_not_for_ever(self):
        moved = Response(301, [("Location", "../b")])
        testing.http.answers["http://host/a/x"] = lambda headers: moved
        testing.http.answers["http://host/b"] = lambda headers: Response(200, body=headers["Accept"].encode())
        found = http.get("http://host/a/x", {"Accept": "text/xml"})
        self.assertEqual((found.status, found.body, found.url), (200, b"text/xml", "http://host/b"))
        testing.http.answers["http://host/b"] = lambda headers: Response(302, [("location", "/b")])
        with self.assertRaises(Error) as refused:
            http.get("http://host/b")
        self.assertEqual(refused.exception.code, ErrorCode.TRANSPORT)

    def test_what_is_no_url_of_the_web_is_refused_before_anything_is_sent(self):
        for url in ["ftp://host/", "file:///etc/passwd", "http://", "no url", "http://[::1"]:
            with self.assertRaises(Error) as refused:
                http.get(url)
            self.assertEqual(refused.exception.code, ErrorCode.INVALID_PARAMETER)
        self.assertEqual(testing.http.sent, [])

    def test_a_name_and_a_password_stay_here_and_a_path_is_quoted_once(self):
        with self.assertRaises(Error) as refused:
            http.get("http://user:secret@host/a b%20c?q=ä")
        self.assertEqual(testing.http.sent, [("GET", "http://host/a%20b%20c?q=%C3%A4")])
        self.assertEqual(refused.exception.code, ErrorCode.CONNECTION_REFUSED)
        self.assertNotIn("secret", str(refused.exception))

    def test_a_body_that_is_too_long_is_refused(self):
        testing.http.answers["http://host/"] = lambda headers: Response(200, body=bytes(11))
        with self.assertRaises(Error) as refused:
            http.get("http://host", body_max_bytes=10)
        self.assertEqual(refused.exception.code, ErrorCode.TOO_BIG)
