import Dataflow
import Raster

/// The channels that a step names.
struct ChannelSelection: Sendable, Equatable {
    enum Name: String, Sendable, CaseIterable {
        case red, green, blue, gray, alpha
    }

    let names: Set<Name>

    init(_ words: [String]) {
        names = Set(words.compactMap(Name.init))
    }

    var includesAlpha: Bool { names.contains(.alpha) }

    /// The names of the channels of a picture, in order.
    private func channelNames(_ colorCount: Int, hasAlpha: Bool) -> [Name] {
        (colorCount == 1 ? [.gray] : [.red, .green, .blue]) + (hasAlpha ? [.alpha] : [])
    }

    func require(in layout: ChannelLayout) throws(OperationError) {
        let known = channelNames(layout.colorCount, hasAlpha: layout.hasAlpha)
        guard let missing = names.sorted(by: { $0.rawValue < $1.rawValue }).first(where: { !known.contains($0) })
        else { return }
        throw OperationError(
            "channel-count",
            "there is no channel \(missing.rawValue); the value has \(known.map(\.rawValue).joined(separator: ", "))",
            hint: "name one of these")
    }

    func isSelected(_ channel: Int, of format: FieldFormat) -> Bool {
        names.contains(channelNames(format.colorCount, hasAlpha: format.hasAlpha)[channel])
    }

    func isEverything(in format: FieldFormat) -> Bool {
        (0..<format.channels).allSatisfy { isSelected($0, of: format) }
    }
}

extension Graph {
    /// The selected channels of one picture and the others of another.
    mutating func selected(
        _ selection: ChannelSelection, from result: FieldID, else original: FieldID
    ) throws(OperationError) -> FieldID {
        try selection.require(in: format(of: original).layout)
        let fields = aligned([result, original])
        let formats = fields.map { format(of: $0) }
        var output = formats[0]
        output.isExact = formats.allSatisfy(\.isExact)
        output.bounds =
            min(
                formats[0].bounds.lowerBound, formats[1].bounds.lowerBound)...max(
                formats[0].bounds.upperBound, formats[1].bounds.upperBound)
        let origins = (0..<output.channels).map { channel in
            InterleaveRows.Origin(
                input: selection.isSelected(channel, of: formats[1]) ? 0 : 1, channel: channel,
                channels: output.channels)
        }
        return add(InterleaveRows(origins: origins, output: output), fields)
    }
}
