import Glibc
import Inference
import ONNX
import Specification
import Synchronization
import SystemPackage

/// Networks by the paths of their cards, each loaded once for all pipelines that use it.
public final class NetworkStore: Sendable {
    private let loaded = Mutex<[PathBytes: (PictureNetwork?, Diagnostics)]>([:])

    public init() {}

    /// The network of a card; nil where the diagnostics, which are the card's, have errors.
    public func network(at path: PathBytes) -> (PictureNetwork?, Diagnostics) {
        let place = Self.place(path)
        return loaded.withLock { loaded in
            if let known = loaded[place] { return known }
            let result = CardReader.load(path)
            loaded[place] = result
            return result
        }
    }

    /// The one path of a file that several lead to; the path itself where nothing is there.
    private static func place(_ path: PathBytes) -> PathBytes {
        guard let real = path.withCString({ realpath($0, nil) }) else { return path }
        defer { free(real) }
        return PathBytes(UnsafeBufferPointer(start: real, count: strlen(real)).map { UInt8(bitPattern: $0) })
    }
}

/// Networks by the files that they came from, for as long as anybody uses them: cards and configurations that name one
/// file share its weights.
enum LoadedNetworks {
    private struct Key: Hashable {
        let file: FileStamp.Version
        let isOpened: Bool
        let inputName: String?
        let layout: ModelCard.Input.Layout?
    }

    private struct Entry {
        weak var network: Network?
    }

    private static let entries = Mutex<[Key: Entry]>([:])

    /// The network of a file that has been stamped before, with its sizes left open where the card's input takes any.
    static func network(_ stamp: FileStamp, for input: ModelCard.Input) throws -> Network {
        let key = stamp.version.map {
            Key(
                file: $0, isOpened: input.takesAnySize, inputName: input.takesAnySize ? input.name : nil,
                layout: input.takesAnySize ? input.layout : nil)
        }
        if let key, let known = entries.withLock({ $0[key]?.network }) { return known }
        var model = try Model.read(FilePath(stamp.path))
        if input.takesAnySize { model.openSizes(of: input) }
        let network = try Network(model)
        guard let key else { return network }
        entries.withLock { entries in
            entries = entries.filter { $0.value.network != nil }
            entries[key] = Entry(network: network)
        }
        return network
    }
}

/// Loads the networks of one pipeline.
public struct NetworkLoader: Sendable {
    public static let model = Parameter<PathBytes>.path(
        "model", "The network's model card, relative to the folder of the pipeline")

    private let store: NetworkStore
    private let folder: PathBytes

    public init(_ store: NetworkStore, folder: PathBytes) {
        self.store = store
        self.folder = folder
    }

    /// The network that the key `model` names, of one of some tasks; nil after a fault.
    public func network(_ reader: inout ParameterReader, for tasks: [ModelCard.Task]) -> PictureNetwork? {
        let name = reader.read(Self.model)
        guard reader.has("model"), !reader.hasErrors else { return nil }
        let (network, diagnostics) = store.network(at: folder.appending(name))
        guard let network else {
            guard diagnostics.hasErrors else {
                reader.error(
                    at: "model", rule: "wrong-task", message: "the card's task is generate, which no step takes",
                    hint: "svertka model sample makes pictures with it")
                return nil
            }
            let first = diagnostics.all.first { $0.severity == .error }
            let place = first.map { diagnostics.source.position(at: $0.range.lowerBound) }
            let more = diagnostics.errorCount > 1 ? " (and \(diagnostics.errorCount - 1) more)" : ""
            reader.error(
                at: "model", rule: "wrong-card",
                message: "the model card \(quoted(name.description)) is wrong"
                    + (place.map { ", \($0.line):\($0.column)" } ?? "") + ": \(first?.text ?? "")\(more)",
                hint: first?.hint ?? "svertka check tells everything that is wrong with a card")
            return nil
        }
        guard tasks.contains(network.card.task) else {
            reader.error(
                at: "model", rule: "wrong-task",
                message: "the card's task is \(network.card.task.rawValue); this step needs "
                    + tasks.map(\.rawValue).joined(separator: " or "),
                hint: "name another card, or use the step for that task")
            return nil
        }
        return network
    }
}
