import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Reports to CSA over HTTP: looks its user's id up, then PUTs the process instance, as OO's flows do.
struct HTTPReportTransport: Sendable {
    let csa: SandboxConfiguration.CSA
    let client: HTTPClient

    func send(_ report: CSAReport) async -> CSAReport.Answer {
        let base = report.csaURL.hasSuffix("/") ? String(report.csaURL.dropLast()) : report.csaURL
        do {
            // With the trailing slash, or names with odd characters are cut.
            let login = try await call(.GET, "\(base)/rest/login/\(csa.organization)/\(csa.user)/")
            guard login.status == 200 else { return .refused(login.status) }
            // An HTML page, for instance, is no person.
            guard let person = try? XMLTreeReader.read(login.body), person.name == "person",
                let user = person.text(at: "id")
            else { return .refused(login.status) }
            let query = "userIdentifier=\(user)&scope=view&view=processinstancestate&action=merge"
            let put = try await call(
                .PUT, "\(base)/rest/processinstances/\(report.processID)?\(query)",
                XMLTreeWriter.write(report.document))
            let isTaken =
                (200..<300).contains(put.status) && put.body.first == UInt8(ascii: "<")
                && (try? XMLTreeReader.read(put.body))?.name == "ProcessInstance"
            return isTaken ? .taken : .refused(put.status)
        } catch {
            return .noAnswer
        }
    }

    private func call(
        _ method: HTTPMethod, _ url: String, _ body: [UInt8] = []
    ) async throws -> (status: Int, body: [UInt8]) {
        var request = HTTPClientRequest(url: url)
        request.method = method
        let pair = Data("\(csa.user):\(csa.password)".utf8).base64EncodedString()
        request.headers.add(name: "Authorization", value: "Basic \(pair)")
        if !body.isEmpty {
            request.headers.add(name: "Content-Type", value: "application/xml")
            request.body = .bytes(body)
        }
        let response = try await client.execute(request, timeout: .milliseconds(csa.answerTimeoutMilliseconds))
        let bytes = try await response.body.collect(upTo: SandboxLimits.gateAnswerBytesMax)
        return (Int(response.status.code), Array(bytes.readableBytesView))
    }
}
