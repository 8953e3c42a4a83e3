import SluiceModel
import Testing

@Suite struct CallbackPolicyTests {
    @Test(
        "addresses that are not of the public Internet are known, in every form",
        arguments: [
            "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255",
            "240.0.0.1", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1",
            "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:c0a8:101::1", "fe80::1", "fc00::1",
            "fd12:3456::1", "ff02::1", "2001:db8::1", "2001::1", "fec0::1", "100::1",
        ])
    func notPublic(text: String) throws {
        #expect(try #require(NetworkAddress(text)).isPublic == false)
    }

    @Test(arguments: [
        "8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "2606:4700::1111",
        "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
    ])
    func isPublic(text: String) throws {
        #expect(try #require(NetworkAddress(text)).isPublic)
    }

    @Test(
        "only this machine's own are loopback",
        arguments: [
            ("127.0.0.1", true), ("127.255.255.254", true), ("::1", true), ("126.0.0.1", false), ("0.0.0.0", false),
            ("::", false), ("100::1", false), ("::ffff:127.0.0.1", false),
        ])
    func isLoopback(text: String, expected: Bool) throws {
        #expect(try #require(NetworkAddress(text)).isLoopback == expected)
    }

    @Test(arguments: [
        "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "", ":",
        ":::", "1::2::3", "12345::", "::1%eth0", "g::1", "1:2:3:4:5:6:7:8:9", "+1::",
    ])
    func isNoAddress(text: String) { #expect(NetworkAddress(text) == nil) }

    @Test(arguments: [
        "https://user@h.example/", "https://user:pw@h.example/", "ftp://h.example/", "//h.example/", "h.example",
        "https://", "https:///x", "https://h.example:0/", "https://h.example:65536/", "https://h.example:x/",
        "https://h.example/#f", "https://h. example/", "https://h.example/\u{7F}", "https://h.example\\@evil/",
        "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://[::1/",
        "https://[::1]x/", "https://[1.2.3.4]/", "https://h..example/", "https://.example/", "https://h.example./",
        "https://ＦＯＯ.example/", "javascript:alert(1)",
    ])
    func refusesOddURLs(text: String) { #expect(CallbackURL(text) == nil) }

    @Test func readsURLs() throws {
        let plain = try #require(CallbackURL("HTTPS://Hooks.Example/a?b=c"))
        #expect(plain.host == "hooks.example" && plain.port == 443 && plain.isSecure)
        let full = try #require(CallbackURL("http://[2001:DB8::1]:8080/x"))
        #expect(full.host == "2001:db8::1" && full.port == 8080 && !full.isSecure)
        #expect(CallbackURL("https://h.example/" + String(repeating: "x", count: 2048)) == nil)
    }

    private func policy(_ entries: [String], clear: Bool = false) throws -> CallbackPolicy {
        CallbackPolicy(allow: try entries.map { try #require(CallbackPolicy.Entry($0)) }, allowsClearText: clear)
    }

    private func url(_ text: String) throws -> CallbackURL { try #require(CallbackURL(text)) }

    @Test("at the door: what the allow-list names, over https")
    func atTheDoor() throws {
        #expect(try policy([]).objection(to: url("https://h.example/"))?.contains("callbacks.allow is empty") == true)
        let one = try policy(["h.example", "*.hooks.example"])
        #expect(try one.objection(to: url("https://h.example/")) == nil)
        #expect(try one.objection(to: url("https://a.b.hooks.example/")) == nil)
        for other in [
            "https://hooks.example/", "https://xhooks.example/", "https://h.example.evil/", "https://8.8.8.8/",
        ] {
            #expect(try one.objection(to: url(other)) != nil, "\(other)")
        }
        #expect(try one.objection(to: url("http://h.example/"))?.contains("https") == true)
        #expect(try policy(["h.example"], clear: true).objection(to: url("http://h.example/")) == nil)
        let range = try policy(["10.0.0.0/8"])
        #expect(try range.objection(to: url("https://10.1.2.3/")) == nil)
        #expect(try range.objection(to: url("https://127.0.0.1/")) != nil)
        #expect(try range.objection(to: url("https://any.example/")) == nil, "it may resolve into the range")
    }

    @Test("at delivery: every address of a named host must be public, or in a range")
    func atDelivery() throws {
        func addresses(_ texts: [String]) throws -> [NetworkAddress] {
            try texts.map { try #require(NetworkAddress($0)) }
        }
        let named = try policy(["h.example", "10.0.0.0/8"])
        let target = try url("https://h.example/")
        #expect(try named.objection(to: addresses(["8.8.8.8", "10.0.0.1"]), of: target) == nil)
        for bad in [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], []] {
            #expect(try named.objection(to: addresses(bad), of: target) != nil, "\(bad)")
        }
        let other = try url("https://other.example/")
        #expect(try named.objection(to: addresses(["8.8.8.8"]), of: other) != nil)
        #expect(try named.objection(to: addresses(["::ffff:10.0.0.1"]), of: other) == nil)
    }

    @Test(arguments: ["", "*", "*.", "h example", "http://h.example", "10.0.0.0/33", "10.0.0/8", "1.2.3", "h.example/"])
    func refusesOddEntries(text: String) { #expect(CallbackPolicy.Entry(text) == nil) }
}
