import Codecs
import Glibc
import Intake
import Pipelines
import Specification
import SystemPackage

/// A configuration with its pipelines, checked as far as files tell.
struct LoadedConfiguration: Sendable {
    let file: FilePath
    let configuration: ServiceConfiguration
    /// One for each folder of the configuration, in its order.
    let folders: [ServiceFolder]
    /// What the files looked like, to notice when they change.
    let versions: [FilePath: FileIdentity?]

    var state: FilePath { FilePath(configuration.state).lexicallyNormalized() }

    /// Why a configuration is not used.
    enum Fault: Error {
        /// Diagnostics with places, ready to be shown; `isUnsafe` for rules that protect files.
        case wrong(String, isUnsafe: Bool)

        var text: String {
            switch self {
            case .wrong(let text, _): text
            }
        }
    }

    /// - Parameter version: of this program; it is part of what a result depends on.
    static func load(_ given: FilePath, version: String) throws(Fault) -> LoadedConfiguration {
        // The ledger knows folders by their paths, so these must not depend on where the program was started.
        let file = resolved(given)
        let configuration: ServiceConfiguration
        do {
            let (loaded, diagnostics) = try ServiceConfiguration.load(path: PathBytes(file.bytes))
            guard let loaded else {
                let isUnsafe = diagnostics.all.contains { ServiceConfiguration.unsafeRules.contains($0.rule) }
                throw Fault.wrong(diagnostics.render(), isUnsafe: isUnsafe)
            }
            configuration = loaded
        } catch let error as SourceFileError {
            throw .wrong("\(error)\n", isUnsafe: false)
        } catch let fault as Fault {
            throw fault
        } catch {
            throw .wrong("\(error)\n", isUnsafe: false)
        }
        try refuseForeignHands(file)
        var pipelines: [PathBytes: (Pipeline, String)] = [:]
        var folders: [ServiceFolder] = []
        var faults = ""
        for folder in configuration.folders {
            if pipelines[folder.pipeline] == nil {
                try refuseForeignHands(FilePath(folder.pipeline))
                do {
                    let source = try SourceText.load(path: folder.pipeline.bytes)
                    var diagnostics = Diagnostics(source: source)
                    if let pipeline = PipelineReader.read(source, into: &diagnostics) {
                        let hash = ContentHash(of: Array("\(version)\n".utf8) + pipeline.source)
                        pipelines[folder.pipeline] = (pipeline, String(hash.digest, radix: 16))
                    } else {
                        faults += diagnostics.render()
                    }
                } catch {
                    faults += "\(error)\n"
                }
            }
            guard let (pipeline, hash) = pipelines[folder.pipeline] else { continue }
            folders.append(
                ServiceFolder(folder, pipeline: pipeline, pipelineHash: hash, limits: configuration.limits))
        }
        guard faults.isEmpty else { throw .wrong(faults, isUnsafe: false) }
        let files = [file] + configuration.folders.map { FilePath($0.pipeline) }
        return LoadedConfiguration(
            file: file, configuration: configuration, folders: folders,
            versions: Dictionary(files.map { ($0, identity(of: $0)) }, uniquingKeysWith: { first, _ in first }))
    }

    /// The path without links and `..`; as it was given where there is no such file.
    private static func resolved(_ path: FilePath) -> FilePath {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { return path }
        defer { free(real) }
        return FilePath(platformString: real)
    }

    /// Whether one of the files has changed since.
    var isOutdated: Bool { versions.contains { $0.value != Self.identity(of: $0.key) } }

    /// The same configuration, not outdated by what the files are like now.
    func withCurrentVersions() -> LoadedConfiguration {
        LoadedConfiguration(
            file: file, configuration: configuration, folders: folders,
            versions: Dictionary(uniqueKeysWithValues: versions.keys.map { ($0, Self.identity(of: $0)) }))
    }

    private static func identity(of file: FilePath) -> FileIdentity? {
        var status = stat()
        return file.withPlatformString { stat($0, &status) } == 0 ? FileIdentity(status) : nil
    }

    /// Who can write the configuration can have any file of ours replaced.
    private static func refuseForeignHands(_ file: FilePath) throws(Fault) {
        var status = stat()
        guard file.withPlatformString({ stat($0, &status) }) == 0, status.st_mode & S_IWOTH != 0 else { return }
        throw .wrong("\(file.string): every user of this machine may write it; hint: chmod o-w it\n", isUnsafe: true)
    }
}

extension FilePath {
    init(_ path: PathBytes) {
        self = path.withCString { FilePath(platformString: $0) }
    }

    var bytes: [UInt8] {
        withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }
}
