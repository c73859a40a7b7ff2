//! Signs in as the W&B SDK would, by the same variables, and asks the server who that is.
//!
//! `log_in [TIMES]` does so again and again, each time with a source of its own, as if it were another
//! process. It prints one line each time, and nothing secret.

use std::error::Error;
use std::io::{self, Write};

use federation_client::{Environment, Settings};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};

const WHO: &str = r#"{"query":"{ viewer { username } }"}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let times = std::env::args()
        .nth(1)
        .map_or(Ok(1), |times| times.parse::<u32>())?;
    let settings = Settings::from_environment(&Environment::of_process())?;
    for _ in 0..times {
        let client = settings.client()?;
        let url = format!("{}/graphql", settings.base_url.as_str()).parse()?;
        let mut request = Request::new(Method::POST, url);
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        *request.body_mut() = Some(WHO.into());
        let answer = client.execute(request).await?.error_for_status()?;
        writeln!(io::stdout(), "{}", answer.text().await?)?;
    }
    Ok(())
}
