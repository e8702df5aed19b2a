import Specification
import Synchronization

/// Networks by the paths of their cards, each loaded once for all pipelines that use it.
public final class NetworkStore: Sendable {
    private let loaded = Mutex<[PathBytes: (PictureNetwork?, Diagnostics)]>([:])

    public init() {}

    /// The network of a card; nil where the diagnostics, which are the card's, have errors.
    public func network(at path: PathBytes) -> (PictureNetwork?, Diagnostics) {
        loaded.withLock { loaded in
            if let known = loaded[path] { return known }
            let result = CardReader.load(path)
            loaded[path] = result
            return result
        }
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
