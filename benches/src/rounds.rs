//! Measuring in turns.
//!
//! On a machine that others use too, speed drifts from second to second. Contenders that take short turns
//! drift together, and a ratio within a round stays true when neither time does.

use std::fmt;
use std::time::{Duration, Instant};

/// One piece of work, done again and again.
pub struct Contender<'a> {
    /// What it is called in the table.
    pub name: &'static str,
    /// Does the work once. What it returns says whether it was done.
    pub work: Box<dyn FnMut() -> bool + 'a>,
}

impl fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What one contender needed.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// The median time of a piece of work.
    pub time: Duration,
    /// The median, over the rounds, of its time divided by the first contender's.
    pub ratio: f64,
}

/// How long a turn takes, about.
const TURN: Duration = Duration::from_millis(4);

/// Lets `contenders` take turns for so many rounds, each round begun by another. The first one is the
/// floor.
///
/// # Errors
/// The name of a contender whose work was not done.
pub fn measure(
    contenders: &mut [Contender<'_>],
    rounds: usize,
) -> Result<Vec<Figure>, &'static str> {
    let mut repeats = Vec::new();
    for contender in contenders.iter_mut() {
        // The first turn warms up; the second one says how many repeats fill a turn.
        turn(contender, 16)?;
        let once = turn(contender, 64)?.max(1e-9);
        repeats.push((TURN.as_secs_f64() / once).ceil().clamp(1.0, 1e6));
    }
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..rounds {
        let count = contenders.len();
        for place in 0..count {
            let index = round.wrapping_add(place).checked_rem(count).unwrap_or(0);
            let slots = (
                contenders.get_mut(index),
                repeats.get(index),
                times.get_mut(index),
            );
            if let (Some(contender), Some(&repeats), Some(times)) = slots {
                times.push(turn(contender, to_count(repeats))?);
            }
        }
    }
    let floor = times.first().cloned().unwrap_or_default();
    let figures = contenders.iter().zip(times).map(|(contender, times)| {
        let ratios = times.iter().zip(&floor).map(|(time, floor)| time / floor);
        Figure {
            name: contender.name,
            ratio: median(ratios.collect()),
            time: Duration::from_secs_f64(median(times)),
        }
    });
    Ok(figures.collect())
}

/// Seconds for each piece of work.
fn turn(contender: &mut Contender<'_>, repeats: u32) -> Result<f64, &'static str> {
    let begun = Instant::now();
    for _ in 0..repeats {
        if !std::hint::black_box((contender.work)()) {
            return Err(contender.name);
        }
    }
    Ok(begun.elapsed().as_secs_f64() / f64::from(repeats))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped between one and a million"
)]
const fn to_count(repeats: f64) -> u32 {
    repeats as u32
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_its_own_measure() {
        let work = |name| Contender {
            name,
            work: Box::new(|| true),
        };
        let figures = measure(&mut [work("floor"), work("other")], 5).unwrap();
        assert_eq!(figures[0].ratio, 1.0);
        assert_eq!(figures.len(), 2);
    }

    #[test]
    fn work_that_is_not_done_is_no_figure() {
        let lazy = Contender {
            name: "lazy",
            work: Box::new(|| false),
        };
        assert_eq!(measure(&mut [lazy], 5).err(), Some("lazy"));
    }
}
