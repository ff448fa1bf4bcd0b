import unittest
from datetime import datetime, timezone

from feeds.parse import NoFeed, parse
from feeds.subscriptions import distinct, of_outline, of_setting
from feeds.text import plain
from mapistore import Error

RSS = b"""<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>News &amp;amp; more</title><link>https://example.org/</link><atom:link href="https://example.org/self"/>
<item><title>One &amp;lt;3</title><guid isPermaLink="false">tag:1</guid><link>/one</link>
  <pubDate>Thu, 01 Jan 2026 10:00:00 +0100</pubDate><dc:creator>Alice</dc:creator>
  <description>short</description><content:encoded><![CDATA[<p>long &nbsp; text</p>]]></content:encoded></item>
<item><guid>https://example.org/two</guid><description>no title</description></item>
<item><title>neither id nor link</title><pubDate>nonsense</pubDate></item>
</channel></rss>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">A &lt;b&gt;feed&lt;/b&gt;</title>
<link rel="self" href="/self"/><link href="/"/><author><name>Bob</name></author>
<entry><id>urn:1</id><title>t</title><link href="1"/><updated>2026-01-02T03:04:05Z</updated>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a<b>c</b>&amp;d</div></content></entry>
<entry><id>urn:2</id><title>t</title><published>2026-01-01T00:00:00+02:00</published><summary>1 &lt; 2</summary></entry>
</feed>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Old</title><link>http://o/</link></channel>
<item rdf:about="http://o/1"><title>x</title><link>http://o/1</link><dc:date>2026-01-01T12:00:00Z</dc:date></item></rdf:RDF>"""


class Parse(unittest.TestCase):
    def test_rss_2(self):
        feed = parse(RSS)
        self.assertEqual((feed.title, feed.link), ("News & more", "https://example.org/"))
        one, two, three = feed.entries
        self.assertEqual((one.key, one.title, one.link, one.author), ("tag:1", "One <3", "https://example.org/one", "Alice"))
        self.assertEqual(one.published, datetime(2026, 1, 1, 9, tzinfo=timezone.utc))
        self.assertEqual(one.html, "<p>long &nbsp; text</p>")
        self.assertEqual((two.key, two.link, two.html), ("https://example.org/two",) * 2 + ("no title",))
        self.assertTrue(three.key.startswith("sha256:"))
        self.assertIsNone(three.published)

    def test_atom(self):
        feed = parse(ATOM, "https://example.org/feed")
        self.assertEqual(feed.link, "https://example.org/")
        one, two = feed.entries
        self.assertEqual((one.author, one.link, one.html), ("Bob", "https://example.org/1", "<div>a<b>c</b>&amp;d</div>"))
        self.assertEqual(one.published, datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
        self.assertEqual(two.published, datetime(2025, 12, 31, 22, tzinfo=timezone.utc))
        self.assertEqual(two.html, "1 &lt; 2")

    def test_rss_1(self):
        [entry] = parse(RDF).entries
        self.assertEqual((entry.key, entry.link, parse(RDF).title), ("http://o/1", "http://o/1", "Old"))
        self.assertEqual(entry.published, datetime(2026, 1, 1, 12, tzinfo=timezone.utc))

    def test_other_encodings_than_utf_8(self):
        text = '<?xml version="1.0" encoding="%s"?><rss><channel><title>жé</title></channel></rss>'
        for encoding in ("utf-16", "koi8-r", "windows-1251"):
            data = (text % encoding).encode(encoding, "replace")
            self.assertTrue(parse(data).title.startswith("ж"), encoding)

    def test_names_of_html_are_understood_where_xml_does_not_define_them(self):
        data = b"<rss><channel><title>a&nbsp;b &eacute; &amp;nbsp; &lt;</title></channel></rss>"
        self.assertEqual(parse(data).title, "a b é <")

    def test_a_doctype_is_fine_and_an_entity_in_it_is_not(self):
        doctype = b'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://evil/rss.dtd">'
        self.assertEqual(parse(doctype + RSS.partition(b"?>")[2].strip()).entries[0].key, "tag:1")
        bomb = b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss><channel><title>&b;</title></channel></rss>'
        with self.assertRaisesRegex(NoFeed, "defines entities"):
            parse(bomb)
        outside = b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><title>&a;</title></channel></rss>'
        with self.assertRaisesRegex(NoFeed, "defines entities"):
            parse(outside)

    def test_what_is_no_feed_says_why(self):
        for data, why in [
            (b"", "no XML"),
            (b"<html></html>", "its root is `html`"),
            (b"<rss>", "no XML"),
            (b"<rss></rss>", "its root is `rss`"),
            (b"<a>" * 101, "in each other"),
            (b"<a>" + b"<b/>" * 200_001 + b"</a>", "200000 elements"),
            (bytes(8 << 20) + b"x", "bytes"),
            (b"<rss><channel>&unknown;</channel></rss>", "no XML"),
            (b'<?xml version="1.0" encoding="no-such"?><rss/>', "no XML"),
        ]:
            with self.assertRaisesRegex(NoFeed, why):
                parse(data)


class Text(unittest.TestCase):
    def test_html_becomes_lines(self):
        html = "<p>a  b</p><script>x()</script><ul><li>one<li>two</ul><p>&lt;c&gt;<br>d\0</p>"
        self.assertEqual(plain(html), "a b\r\n\r\n- one\r\n- two\r\n\r\n<c>\r\nd\r\n")
        self.assertEqual(plain(""), "")


class Subscriptions(unittest.TestCase):
    def test_a_setting_has_a_line_for_each_feed(self):
        found = of_setting("https://a.example/feed  The A \n\n# a comment\nhttp://b.example/x\n")
        self.assertEqual([(each.place, each.name) for each in found], [("https://a.example/feed", "The A"), ("http://b.example/x", "b.example")])
        self.assertEqual(len({each.key for each in found}), 2)
        with self.assertRaisesRegex(Error, "`file:///etc/passwd`"):
            of_setting("file:///etc/passwd")

    def test_an_outline_has_groups_and_what_is_no_feed_is_passed_over(self):
        opml = b"""<opml version="2.0"><body><outline text="group"><outline text="A" xmlUrl="https://a.example/"/>
            <outline title="B" xmlUrl="http://b.example/"/></outline><outline xmlUrl="javascript:x"/></body></opml>"""
        found = of_outline(opml)
        self.assertEqual([each.name for each in found], ["A", "B"])
        self.assertEqual(len(distinct(found, found)), 2)
        with self.assertRaises(NoFeed):
            of_outline(b"<rss/>")
