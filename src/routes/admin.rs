//! `/api/admin`: for those who run the deployment. To everybody else there is nothing here.

pub mod audit;
pub mod money;
pub mod users;
