/// What an element of a value depends on in the network's input, along one axis: element `i` on the input's elements
/// `i · step + low` to `i · step + high`.
struct AxisReach: Equatable, Sendable {
    var step: Double
    var low: Double
    var high: Double

    static let itself = AxisReach(step: 1, low: 0, high: 0)

    /// Of an operator whose element `j` depends on elements `j · stride + first` to `j · stride + last` of this value.
    func window(stride: Double, first: Double, last: Double) -> AxisReach {
        AxisReach(step: step * stride, low: low + first * step, high: high + last * step)
    }

    /// Of an operator that reads the same place of both; nil where they are not of one size.
    func joined(_ other: AxisReach) -> AxisReach? {
        guard step == other.step else { return nil }
        return AxisReach(step: step, low: min(low, other.low), high: max(high, other.high))
    }
}

/// The reach along the two spatial axes of `[N, C, H, W]`.
struct Reach: Equatable, Sendable {
    var rows: AxisReach
    var columns: AxisReach

    static let itself = Reach(rows: .itself, columns: .itself)

    func joined(_ other: Reach) -> Reach? {
        guard let rows = rows.joined(other.rows), let columns = columns.joined(other.columns) else { return nil }
        return Reach(rows: rows, columns: columns)
    }

    func window(_ rows: Window.Axis, _ columns: Window.Axis) -> Reach {
        func reach(_ reach: AxisReach, _ axis: Window.Axis) -> AxisReach {
            reach.window(
                stride: Double(axis.stride), first: Double(-axis.padBegin),
                last: Double(axis.extent - 1 - axis.padBegin))
        }
        return Reach(rows: reach(self.rows, rows), columns: reach(self.columns, columns))
    }
}

/// What a layer knows when it states its reach.
struct ReachInputs {
    /// For each input its reach; nil where it is a constant or left out.
    let reaches: [Reach?]
    let inputs: LayerInputs
    /// Of the first output.
    let output: TensorType

    /// The reach of an input, unless the output is no `[N, C, H, W]` or another input has one too.
    func only(_ index: Int = 0) -> Reach? {
        guard output.rank == 4, reaches.indices.allSatisfy({ $0 == index || reaches[$0] == nil }) else { return nil }
        return reaches[index]
    }

    /// Of an operator that combines what lies at one place of all inputs, constants broadcast.
    func samePlace() -> Reach? {
        guard output.rank == 4 else { return nil }
        var joined: Reach?
        for (index, reach) in reaches.enumerated() {
            guard let type = inputs.optional(index) else { continue }
            guard let reach else {
                // A constant that differs from place to place would have to be cut as well.
                if type.shape.suffix(2).contains(where: { $0 != 1 }) { return nil }
                continue
            }
            // One that is broadcast along a spatial axis has no places of its own.
            guard type.rank == 4, type.shape[2...] == output.shape[2...] else { return nil }
            guard let sum = joined.map({ $0.joined(reach) }) ?? reach else { return nil }
            joined = sum
        }
        return joined
    }

    /// Of an operator that works on the channels of each place on its own, if `axis` is theirs.
    func alongChannels(_ axis: Int) -> Reach? {
        (axis == 1 || axis == -3) && inputs.optional(0)?.rank == 4 ? only() : nil
    }
}
