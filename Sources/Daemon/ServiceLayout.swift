import Glibc
import Intake
import Outbox
import Specification
import SystemPackage

/// Why a configuration is not used.
enum ConfigurationFault: Error {
    /// Diagnostics with places, ready to be shown; `isUnsafe` for rules that protect files.
    case wrong(String, isUnsafe: Bool)

    var text: String {
        switch self {
        case .wrong(let text, _): text
        }
    }

    var end: ServiceEnd {
        switch self {
        case .wrong(_, let isUnsafe): isUnsafe ? .unsafeConfiguration : .wrongConfiguration
        }
    }
}

/// A configuration as far as its own file tells: folders and rules, without the pipelines.
struct ServiceLayout: Sendable {
    let file: FilePath
    let configuration: ServiceConfiguration
    /// One for each folder of the configuration, in its order.
    let folders: [ServiceFolder]
    /// Of the file as it was named: where that is a link, the link may lead elsewhere one day.
    let stamp: FileStamp

    var state: FilePath { FilePath(configuration.state).lexicallyNormalized() }

    static func load(_ given: FilePath) throws(ConfigurationFault) -> ServiceLayout {
        let stamp = FileStamp(PathBytes(given.bytes))
        // The ledger knows folders by their paths, so these must not depend on where the program was started.
        let file = resolved(given)
        do {
            let (loaded, diagnostics) = try ServiceConfiguration.load(path: PathBytes(file.bytes))
            guard let loaded else {
                let isUnsafe = diagnostics.all.contains { ServiceConfiguration.unsafeRules.contains($0.rule) }
                throw ConfigurationFault.wrong(diagnostics.render(), isUnsafe: isUnsafe)
            }
            return ServiceLayout(
                file: file, configuration: loaded,
                folders: loaded.folders.map { ServiceFolder($0, limits: loaded.limits) }, stamp: stamp)
        } catch let fault as ConfigurationFault {
            throw fault
        } catch {
            throw .wrong("\(error)\n", isUnsafe: false)
        }
    }

    /// The path without links and `..`; as it was given where there is no such file.
    private static func resolved(_ path: FilePath) -> FilePath {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { return path }
        defer { free(real) }
        return FilePath(platformString: real)
    }
}

extension FilePath {
    init(_ path: PathBytes) {
        self = path.withCString { FilePath(platformString: $0) }
    }
}
