import ArgumentParser
import Foundation
import SluiceConfig
import SluiceFences
import SluiceJSON
import SluiceModel

/// `sluice fence`: the reverse-proxy rules in front of CSA, its portal and Central.
struct FenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fence",
        abstract: "Write the configuration of a reverse proxy that fences CSA, portal and Central.",
        discussion: """
            The proxy asks Sluice which requests may pass (`GET /v1/authorize`), so a fence goes up and down without a \
            reload. Which systems, where they are and who may always call stands in the keys `fence.*` of the \
            configuration (docs/configuration.md).

            Examples:
              sluice fence nginx --config sluice.yaml --out /etc/nginx/conf.d/sluice-fence.conf && nginx -t
              sluice fence haproxy --config sluice.yaml --out fence.cfg && haproxy -c -f fence.cfg
            """,
        subcommands: [FenceNginxCommand.self, FenceHAProxyCommand.self])
}

/// `sluice fence nginx`.
struct FenceNginxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nginx", abstract: "For nginx with auth_request, to be included in its http section.",
        discussion: """
            Example:
              sluice fence nginx --config sluice.yaml --out /etc/nginx/conf.d/sluice-fence.conf
            """)

    @OptionGroup var options: FenceOptions

    func run() async throws { try options.write(.nginx) { NginxFence($0).text } }
}

/// `sluice fence haproxy`.
struct FenceHAProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "haproxy", abstract: "For HAProxy 2.6 or later, whose health checks ask Sluice.",
        discussion: """
            Example:
              sluice fence haproxy --config sluice.yaml --out /etc/haproxy/fence.cfg
            """)

    @OptionGroup var options: FenceOptions

    func run() async throws { try options.write(.haproxy) { HAProxyFence($0).text } }
}

/// What both take.
struct FenceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The configuration with the keys fence.*.", discussion: "Default: SLUICE_CONFIG.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(help: ArgumentHelp("Where to write it; without it to stdout.", valueName: "file"), completion: .file())
    var out: String?

    @OptionGroup var output: OutputOptions

    /// - Throws: `CommandFailure`: a wrong configuration, or a file that cannot be written.
    func write(_ proxy: FencePlan.Proxy, _ text: (FencePlan) -> String) throws {
        let environment = ProcessInfo.processInfo.environment
        let (configuration, diagnostics) = SluiceConfiguration.load(
            file: config ?? environment["SLUICE_CONFIG"], environment: environment)
        if let error = diagnostics.first(where: { $0.severity == .error }) {
            throw CommandFailure(
                .usage, "the configuration is wrong: \(error)", advice: "see docs/configuration.md",
                diagnostics: diagnostics)
        }
        let plan = FencePlan(configuration.fence)
        if let problem = plan.problems(for: proxy).first {
            throw CommandFailure(.usage, problem, advice: "see \"The fence\" in docs/administrators.md")
        }
        let text = text(plan)
        guard let out else {
            if output.json {
                return output.console.print(["format": 1, "proxy": .string(proxy.rawValue), "text": .string(text)])
            }
            return output.console.write(text)
        }
        do {
            try Data(text.utf8).write(to: URL(filePath: out), options: .atomic)
        } catch {
            throw CommandFailure(.failed, "cannot write \(out)", advice: "check its folder and your rights there")
        }
        if output.json {
            output.console.print(["format": 1, "proxy": .string(proxy.rawValue), "file": .string(out)])
        } else {
            output.console.note("written: \(out)")
        }
    }
}

extension FencePlan {
    /// What an operator configured.
    init(_ fence: SluiceConfiguration.Fence) {
        func endpoint(_ address: SluiceConfiguration.ListenAddress) -> Endpoint {
            Endpoint(host: address.host, port: address.port)
        }
        let systems: [(FencedSystem, SluiceConfiguration.ListenAddress?, SluiceConfiguration.Upstream?)] = [
            (.csa, fence.csaListen, fence.csaUpstream), (.portal, fence.portalListen, fence.portalUpstream),
            (.central, fence.centralListen, fence.centralUpstream),
        ]
        let fronts = systems.compactMap { system, listen, upstream -> Front? in
            guard let listen, let upstream else { return nil }
            return Front(
                system: system, listen: endpoint(listen), upstream: endpoint(upstream.address),
                isUpstreamSecure: upstream.isSecure)
        }
        var certificate: Certificate?
        if let chain = fence.certificateFile, let key = fence.certificateKeyFile {
            certificate = Certificate(chainFile: chain, keyFile: key)
        }
        self.init(
            fronts: fronts, sluice: endpoint(fence.sluice), certificate: certificate, upstreamCAFile: fence.caFile,
            keepSeconds: fence.keepSeconds, cacheFolder: fence.cacheFolder)
        callbackAddresses = fence.ooAddresses.compactMap { AddressRange($0) }
        callbackAccount = fence.callbackAccount
        controllerAddresses = fence.controllerAddresses.compactMap { AddressRange($0) }
    }
}
