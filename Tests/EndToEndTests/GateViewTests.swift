import Foundation
import SluiceJSON
import Testing

/// The gate as API, command line and metrics show it.
@Suite struct GateViewTests {
    @Test("R4: API, command line and metrics show the same gate, wherever its reader's clock stands")
    func showsOneGate() async throws {
        try await TestSite.with { site in
            try await site.start()
            for mode in ["hold", "refuse", "open"] {
                try await site.setGate(mode)
                let api = try await site.get("/v1/gate").body
                let since = try #require(api["since"]?.string)
                #expect(api["mode"] == .string(mode) && since.hasSuffix("Z"))
                var texts: Set<String> = []
                for zone in ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"] {
                    let environment = ["SLUICE_TOKEN": TestSite.operatorToken, "TZ": zone]
                    let json = try await ProgramRun(
                        ["gate", "status", "--json", "--server", site.url], environment: environment)
                    for name in ["mode", "since", "by", "reason", "epoch"] {
                        #expect(try json.json[name] == api[name], "\(zone) \(name)")
                    }
                    let text = try await ProgramRun(
                        ["gate", "status", "--server", site.url], environment: environment)
                    #expect(text.output.contains(mode) && text.output.contains(since), "\(zone): \(text.output)")
                    texts.insert(text.output)
                }
                #expect(texts.count == 1, "\(texts)")
                let value = try await site.metric(#"sluice_gate_mode{scope="*"}"#)
                #expect(value == ["open": 0, "hold": 1, "refuse": 2][mode])
            }
        }
    }
}
