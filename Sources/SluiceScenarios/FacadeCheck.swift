import Logging
import SluiceFacade
import SluiceHTTP
import SluiceModel
import SluicePorts

/// What must be so before the facade serves anybody.
enum FacadeCheck {
    /// Central's own execution ids are far below the virtual ones. A Central that does not answer may be under the very
    /// maintenance that the facade is for: then it is said, and every start that Central answers is looked at.
    /// - Throws: `ServiceError` when they are not, or the facade cannot be where Central is.
    static func check(_ facade: FacadeConfiguration, central: (any CentralClient)?, logger: Logger) async throws {
        guard let addresses = FacadeAddresses(centralURL: facade.centralURL) else {
            throw ServiceError("central.url is no address that a facade can stand in front of")
        }
        let own = ["/v1", "/livez", "/readyz", "/metrics"]
        if let taken = own.first(where: { "\(addresses.root)/".hasPrefix("\($0)/") }) {
            throw ServiceError("central.url has the path \(addresses.root), and \(taken) is Sluice's own")
        }
        guard let central else { return }
        do {
            let newest = try await central.executions(page: 1, pageSize: 10)
            guard let near = newest.first(where: { facade.virtualIDs.isEndangered(by: $0.id.text) }) else { return }
            throw ServiceError(
                "Central gives execution ids like \(near.id), too near the virtual ones: raise facade.virtualIdBase "
                    + "(\(facade.virtualIDs.base)), or set facade.enabled to false")
        } catch let error as CentralError {
            logger.warning(
                "Central's execution ids could not be compared with facade.virtualIdBase",
                metadata: ["error": "\(error)"])
        }
    }
}
